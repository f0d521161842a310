export { type BytePipe, type NodeReadable, type NodeWritable, nodePipe, webPipe } from "./pipe.ts";
