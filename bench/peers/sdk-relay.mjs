// Peer: what a plain user of the `openai` SDK writes first. A message in, its stream out to the same `ws` socket; no user, no check, no history, no store.
import OpenAI from 'openai';
import { WebSocketServer } from 'ws';
import { residentBytes, serveParent } from '../lib/child.mjs';

serveParent({
  listen({ upstreamPort }) {
    const openai = new OpenAI({
      baseURL: `http://127.0.0.1:${upstreamPort}/v1`,
      apiKey: 'bench-key-of-nobody',
      maxRetries: 0,
    });
    const answer = async (socket, content) => {
      const stream = await openai.chat.completions.create({
        model: 'bench',
        messages: [{ role: 'user', content }],
        stream: true,
      });
      for await (const part of stream) {
        const text = part.choices[0]?.delta?.content;
        if (text)
          socket.send(
            JSON.stringify({ type: 'ai_response', content: text, metadata: { streaming: 'true', done: 'false' } }),
          );
      }
      socket.send(JSON.stringify({ type: 'ai_response', metadata: { streaming: 'true', done: 'true' } }));
    };
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false, backlog: 1024 });
    server.on('connection', (socket) => {
      socket.on('message', (data) => {
        answer(socket, JSON.parse(data).content).catch((error) =>
          socket.send(JSON.stringify({ type: 'error', error: { message: error.message } })),
        );
      });
    });
    return new Promise((resolve) =>
      server.once('listening', () => resolve({ port: server.address().port, path: '/' })),
    );
  },
  resident: residentBytes,
});
