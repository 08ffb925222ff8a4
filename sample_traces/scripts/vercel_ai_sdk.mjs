// Vercel AI SDK: spans of `generateText` with a mock model and a tool that fails once, as OTLP/JSON.
// npm install ai@6.0.326 zod @opentelemetry/sdk-trace-node@2.12.0 @opentelemetry/otlp-transformer@0.223.1
// node vercel_ai_sdk.mjs (from a folder where these are installed) FOLDER
import { writeFileSync } from "node:fs";
import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { generateText, stepCountIs, tool } from "ai";
import { MockLanguageModelV3 } from "ai/test";
import { z } from "zod";

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register(); // so that spans know the one around them
const tracer = provider.getTracer("ai");

const asks = (id, city) => ({ type: "tool-call", toolCallId: id, toolName: "snow_depth", input: JSON.stringify({ city }) });
const replies = [
  { content: [{ type: "text", text: "I look the snow up." }, asks("call_1", "Inssbruck")], why: "tool-calls" },
  { content: [asks("call_2", "Innsbruck")], why: "tool-calls" },
  { content: [{ type: "text", text: "There are 140 cm of snow above Innsbruck: take the skis." }], why: "stop" },
];
let asked = 0;
const model = new MockLanguageModelV3({
  provider: "stub",
  modelId: "stub-model",
  doGenerate: async () => {
    const { content, why } = replies[asked++];
    return {
      content,
      finishReason: { unified: why, raw: why },
      usage: {
        inputTokens: { total: 60 + 40 * asked, noCache: 60 + 40 * asked, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: 12 + asked, text: 12 + asked, reasoning: 0 },
      },
      warnings: [],
    };
  },
});

const snow_depth = tool({
  description: "Depth of the snow above a city, in cm.",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => {
    if (city !== "Innsbruck") throw new Error(`no such place: ${city}`);
    return { city, centimetres: 140 };
  },
});

await generateText({
  model,
  tools: { snow_depth },
  stopWhen: stepCountIs(5),
  system: "You advise skiers.",
  prompt: "Do I need skis in Innsbruck today?",
  experimental_telemetry: { isEnabled: true, functionId: "ski-advice", metadata: { userId: "anna" }, tracer },
});

const text = new TextDecoder().decode(JsonTraceSerializer.serializeRequest(exporter.getFinishedSpans()));
const paths = /(?:file:\/\/)?\/[^\s"'()]*\/(node_modules\/|vercel_ai_sdk\.mjs)/g;
writeFileSync(`${process.argv[2]}/vercel_ai_ski_advice.json`, text.replace(paths, "$1") + "\n");
