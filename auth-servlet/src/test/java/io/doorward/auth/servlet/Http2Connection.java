package io.doorward.auth.servlet;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.doorward.auth.servlet.WebServer.Reply;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serial;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.hpack.HpackDecoder;

/**
 * A bare client for HTTP/2 without TLS (RFC 9113, 3.3), one request after another over one
 * connection. It sends what it is given: whatever a client tidies up would not be tested. Bodies of
 * requests and of answers must fit into the first window, 65,535 bytes. Not thread-safe.
 */
final class Http2Connection implements AutoCloseable {
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int CONTINUATION = 9;

  private static final int ACK = 1;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int PADDED = 8;
  private static final int PRIORITY = 32;
  private static final int PROTOCOL_ERROR = 1;
  private static final int CANCEL = 8;
  private static final int MAX_FRAME = 16_384;

  private final Socket socket;
  private final OutputStream out;
  private final DataInputStream in;
  private final HpackDecoder decoder = new HpackDecoder(64 * 1024, System::nanoTime);
  private int stream = -1;
  private boolean over;

  /** Takes a fresh connection, which is closed with this. */
  Http2Connection(Socket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    this.out = new BufferedOutputStream(socket.getOutputStream());
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    out.write(PREFACE.getBytes(ISO_8859_1));
    send(SETTINGS, 0, 0, new byte[0]);
  }

  /** Tells whether the server takes no more requests over this connection. */
  boolean isOver() {
    return over;
  }

  /**
   * Sends a request and reads the answer, {@link Reply#NONE} where the server gives none because
   * the request is malformed (RFC 9113, 8.1.1): it resets the stream or closes the connection.
   */
  Reply exchange(String method, String authority, String target, List<String> headers, byte[] body)
      throws IOException {
    stream += 2;
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    literal(block, ":method", method);
    literal(block, ":scheme", "http");
    literal(block, ":authority", authority);
    literal(block, ":path", target);
    for (String header : headers) {
      int colon = header.indexOf(':');
      literal(
          block,
          header.substring(0, colon).toLowerCase(Locale.ROOT),
          header.substring(colon + 1).strip());
    }
    sendHeaders(block.toByteArray(), body.length == 0);
    for (int at = 0; at < body.length; at += MAX_FRAME) {
      int end = Math.min(body.length, at + MAX_FRAME);
      send(DATA, end == body.length ? END_STREAM : 0, stream, Arrays.copyOfRange(body, at, end));
    }
    try {
      out.flush();
      return answer();
    } catch (EOFException | SocketException e) {
      over = true;
      return Reply.NONE;
    }
  }

  private void sendHeaders(byte[] block, boolean last) throws IOException {
    int type = HEADERS;
    for (int at = 0; at < block.length; at += MAX_FRAME) {
      int end = Math.min(block.length, at + MAX_FRAME);
      int flags = end == block.length ? END_HEADERS : 0;
      if (type == HEADERS && last) {
        flags |= END_STREAM;
      }
      send(type, flags, stream, Arrays.copyOfRange(block, at, end));
      type = CONTINUATION;
    }
  }

  private Reply answer() throws IOException {
    Map<String, List<String>> headers = new HashMap<>();
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    int status = 0;
    boolean ended = false;
    while (true) {
      Frame frame = read();
      if (frame.type == SETTINGS && !frame.has(ACK)) {
        send(SETTINGS, ACK, 0, new byte[0]);
      } else if (frame.type == PING && !frame.has(ACK)) {
        send(PING, ACK, 0, frame.payload);
      } else if (frame.type == GOAWAY) {
        over = true;
        int lastStream = ByteBuffer.wrap(frame.payload).getInt() & 0x7FFF_FFFF;
        if (lastStream < stream) {
          return none(ByteBuffer.wrap(frame.payload).getInt(Integer.BYTES));
        }
      } else if (frame.stream == stream && frame.type == RST_STREAM) {
        return none(ByteBuffer.wrap(frame.payload).getInt());
      } else if (frame.stream == stream) {
        if (frame.type == HEADERS || frame.type == CONTINUATION) {
          block.writeBytes(frame.content());
          if (frame.has(END_HEADERS)) {
            status = decode(block, headers, status);
          }
        } else if (frame.type == DATA) {
          body.writeBytes(frame.content());
        }
        ended |= frame.type != CONTINUATION && frame.has(END_STREAM);
        if (ended && block.size() == 0) {
          return new Reply(status, headers, body.toString(UTF_8));
        }
      }
    }
  }

  private static Reply none(int error) throws IOException {
    if (error == CANCEL) {
      throw new CancelledException();
    }
    if (error != PROTOCOL_ERROR) {
      throw new IOException("the server ended stream or connection with the error " + error);
    }
    return Reply.NONE;
  }

  private int decode(ByteArrayOutputStream block, Map<String, List<String>> headers, int status)
      throws IOException {
    MetaData decoded;
    try {
      decoded = decoder.decode(ByteBuffer.wrap(block.toByteArray()));
    } catch (Exception e) {
      throw new IOException("the server's header block is malformed", e);
    }
    block.reset();
    for (HttpField field : decoded.getHttpFields()) {
      headers
          .computeIfAbsent(field.getName().toLowerCase(Locale.ROOT), name -> new ArrayList<>())
          .add(field.getValue());
    }
    return decoded instanceof MetaData.Response response ? response.getStatus() : status;
  }

  private Frame read() throws IOException {
    int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int id = in.readInt() & 0x7FFF_FFFF;
    return new Frame(type, flags, id, in.readNBytes(length));
  }

  private void send(int type, int flags, int id, byte[] payload) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
    frame.put((byte) (payload.length >> 16)).putShort((short) payload.length);
    frame.put((byte) type).put((byte) flags).putInt(id).put(payload);
    out.write(frame.array());
  }

  /** A field that no table remembers, its text as it is (RFC 7541, 6.2.2). */
  private static void literal(ByteArrayOutputStream block, String name, String value) {
    block.write(0);
    text(block, name);
    text(block, value);
  }

  private static void text(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    if (bytes.length < 127) {
      block.write(bytes.length);
    } else {
      block.write(127);
      int rest = bytes.length - 127;
      while (rest >= 128) {
        block.write(rest % 128 + 128);
        rest /= 128;
      }
      block.write(rest);
    }
    block.writeBytes(bytes);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** What one side sends at a time (RFC 9113, 4.1). */
  private static final class Frame {
    private final int type;
    private final int flags;
    private final int stream;
    private final byte[] payload;

    Frame(int type, int flags, int stream, byte[] payload) {
      this.type = type;
      this.flags = flags;
      this.stream = stream;
      this.payload = payload;
    }

    boolean has(int flag) {
      return (flags & flag) != 0;
    }

    /** Returns the payload without padding and priority. */
    byte[] content() {
      int start = has(PADDED) ? 1 : 0;
      int end = has(PADDED) ? payload.length - (payload[0] & 0xFF) : payload.length;
      boolean prioritised = type == HEADERS && has(PRIORITY);
      return Arrays.copyOfRange(payload, prioritised ? start + 5 : start, end);
    }
  }

  /** The server began to answer and gave the stream up (RFC 9113, 7). */
  static final class CancelledException extends IOException {
    @Serial private static final long serialVersionUID = 1L;

    CancelledException() {
      super("the server cancelled the stream");
    }
  }
}
