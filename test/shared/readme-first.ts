import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Begins with the README's walk: it takes minutes, most of them waiting, so that other files fill them. */
export class ReadmeFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isWalk = ({ moduleId }: TestSpecification) => moduleId.includes('/test/readme/')
    return [...sorted.filter(isWalk), ...sorted.filter((file) => !isWalk(file))]
  }
}
