export { type ClientTask, type ClientTasksOptions, clientTasks, taskOf } from "./client.ts";
export type { TaskSupport } from "./dual.ts";
export { type TaskOptions, type TasksOptions, tasks } from "./tasks.ts";
export type { CreateTaskResult, DetailedTask, SeenTask, TaskFacts } from "./types.ts";
