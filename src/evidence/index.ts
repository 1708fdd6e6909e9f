export * from './inspection/index.ts'
