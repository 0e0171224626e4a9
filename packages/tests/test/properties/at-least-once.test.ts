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

async function holds({ behaviour, ...rest }: Course): Promise<void> {
  const course = { ...rest, behaviour: { ...behaviour, deletes: false } }
  const run = await Run.begin(course, 'at_least_once')
  const judge = new Judge(run.driver.log, false)
  for (const step of course.steps) {
    await run.take(step)
    judge.expectNothingLost()
    expect(run.violations).toEqual([])
  }
  await run.finish()
  await run.driver.stop()
  judge.expectNothingLost()
  judge.expectAllCommitted()
  expect(run.violations).toEqual([])
  await run.driver.close()
}

it(
  'at least once: whatever happens, no record is committed without its results, and results of a key come in order',
  () => checkProperty(courses, holds, { runs: 150, known: knownCourses }),
  propertyTimeoutMs,
)
