package io.doorward.auth.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Passes bytes between a client and a real server, and puts other words of the same length in place
 * of some in its answers: for versions of servers that are not at hand.
 */
final class RewordingProxy implements AutoCloseable {
  private final ServerSocket listener;
  private final int target;
  private final String from;
  private final String to;
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  RewordingProxy(int target, String from, String to) throws IOException {
    if (from.length() != to.length()) {
      throw new IllegalArgumentException("both must have the same length");
    }
    this.target = target;
    this.from = from;
    this.to = to;
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    run(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        open.add(client);
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
        open.add(server);
        run(() -> pump(client, server, false));
        run(() -> pump(server, client, true));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void pump(Socket source, Socket sink, boolean answers) {
    byte[] buffer = new byte[1 << 16];
    try (source;
        sink) {
      InputStream in = source.getInputStream();
      OutputStream out = sink.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        String text = new String(buffer, 0, read, StandardCharsets.ISO_8859_1);
        out.write((answers ? text.replace(from, to) : text).getBytes(StandardCharsets.ISO_8859_1));
      }
    } catch (IOException e) {
      // One side has gone; both are closed.
    }
  }

  private static void run(Runnable task) {
    Thread thread = new Thread(task, "rewording-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
