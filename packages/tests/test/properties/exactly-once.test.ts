import { expect, it } from 'vitest'
import {
  type Course,
  checkProperty,
  courses,
  Judge,
  knownCourses,
  propertyTimeoutMs,
  Run,
} from '../../src/properties/index.ts'

async function holds(course: Course): Promise<void> {
  const run = await Run.begin(course, 'exactly_once')
  const judge = new Judge(run.driver.log, course.behaviour.deletes)
  for (const step of course.steps) {
    await run.take(step)
    if (judge.isQuiet) judge.expectPrefix()
    expect(run.violations).toEqual([])
  }
  await run.finish()
  judge.expectAll()
  await run.driver.stop()
  judge.expectAll()
  expect(run.violations).toEqual([])
  await run.driver.close()
}

it(
  'whatever happens, readers see a serial execution of exactly the committed prefix, and so do tables and stores',
  () => checkProperty(courses, holds, { runs: 250, known: knownCourses }),
  propertyTimeoutMs,
)
