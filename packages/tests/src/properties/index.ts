export { checkProperty, propertyTimeoutMs } from './check-property.ts'
export { type Course, courses, Run, type Step } from './course.ts'
export { Judge } from './judge.ts'
export { knownCourses } from './known-courses.ts'
