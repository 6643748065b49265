package io.doorward.benchmarks;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Deque;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * Connections to one web server, kept alive: as many as there are threads that ask. They do just
 * enough of HTTP, so that little of what is measured is theirs. Thread-safe.
 */
final class Browsers implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 10_000;
  private static final String LENGTH = "content-length:";

  private final int port;
  private final Deque<Connection> idle = new ConcurrentLinkedDeque<>();

  Browsers(int port) {
    this.port = port;
  }

  /** Gets the page with a cookie; any answer but 200 is a failure. */
  void get(String cookie) throws IOException {
    Connection connection = idle.poll();
    if (connection == null) {
      connection = new Connection(port);
    }
    try {
      connection.get(cookie);
    } catch (IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
    idle.push(connection);
  }

  @Override
  public void close() throws IOException {
    for (Connection connection : idle) {
      connection.close();
    }
  }

  /** For one thread at a time. */
  private static final class Connection {
    private final Socket socket;
    private final InputStream in;
    private final StringBuilder line = new StringBuilder();

    Connection(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(PATIENCE_MILLIS);
      in = new BufferedInputStream(socket.getInputStream());
    }

    void get(String cookie) throws IOException {
      String request =
          "GET " + Web.PATH + " HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie + "\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String status = readLine();
      int length = 0;
      for (String header = readLine(); !header.isEmpty(); header = readLine()) {
        if (header.toLowerCase(Locale.ROOT).startsWith(LENGTH)) {
          length = Integer.parseInt(header.substring(LENGTH.length()).strip());
        }
      }
      in.skipNBytes(length);
      if (!status.startsWith("HTTP/1.1 200")) {
        throw new IllegalStateException("the page was not served: " + status);
      }
    }

    private String readLine() throws IOException {
      line.setLength(0);
      for (int next = in.read(); next != '\n'; next = in.read()) {
        if (next < 0) {
          throw new EOFException("the web server closed the connection");
        }
        if (next != '\r') {
          line.append((char) next);
        }
      }
      return line.toString();
    }

    void close() throws IOException {
      socket.close();
    }
  }
}
