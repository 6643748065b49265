package io.doorward.auth.redis.client;

import io.doorward.auth.redis.server.IdentifiedRead;
import io.doorward.auth.redis.server.RedisFailures.NotSentException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.args.Rawable;

/**
 * A connection that another thread can cut at any time, also while it is still being made: Jedis
 * has none, and a socket timeout does not end a wait for a server that sends a byte now and then.
 * Closes the TCP socket, which never blocks, where closing a TLS socket may wait for a thread that
 * writes to it.
 */
final class CuttableConnection extends Connection {
  private final Sockets sockets;
  private final Range range = new Range();

  /** Which server is at the other end, and when it was asked; null if it did not say. */
  private @Nullable String identity;

  private long askedAt;
  private boolean asked;

  /** Connects and logs in. */
  CuttableConnection(Sockets sockets, JedisClientConfig config) {
    super(sockets, config);
    this.sockets = sockets;
  }

  /** Returns which server is at the other end. */
  HostAndPort server() {
    return sockets.server;
  }

  /**
   * Reads for many callers in one trip, and asks the server for its identity first where that is
   * not known or was asked too long ago. Whatever the server answers to one key, the others have
   * their own.
   */
  List<IdentifiedRead.Answer> readAll(List<IdentifiedRead> reads) {
    long now = System.nanoTime();
    boolean asks = isToAsk(reads, now);
    int replies = 0;
    if (asks) {
      sendCommand(Command.INFO, "replication");
      sendCommand(Command.INFO, "server");
      replies = 2;
    }
    for (IdentifiedRead read : reads) {
      for (byte[] key : read.keys()) {
        range.of(key);
        sendCommand(range.command);
        replies++;
      }
    }
    List<Object> all = getMany(replies);
    int at = 0;
    if (asks) {
      identity = identity(all.get(0), all.get(1));
      askedAt = now;
      asked = true;
      at = 2;
    }
    List<IdentifiedRead.Answer> answers = new ArrayList<>(reads.size());
    for (IdentifiedRead read : reads) {
      int end = at + read.keys().size();
      answers.add(new IdentifiedRead.Answer(identity, askedAt, List.copyOf(all.subList(at, end))));
      at = end;
    }
    return answers;
  }

  private boolean isToAsk(List<IdentifiedRead> reads, long now) {
    for (IdentifiedRead read : reads) {
      if (!asked || now - askedAt >= read.askAgainNanos()) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable String identity(Object replication, Object server) {
    return replication instanceof byte[] one && server instanceof byte[] other
        ? IdentifiedRead.identity(
            new String(one, StandardCharsets.UTF_8), new String(other, StandardCharsets.UTF_8))
        : null;
  }

  /** Ends whatever goes on over this connection. It cannot be used again. */
  void cut() {
    sockets.cut();
  }

  /**
   * The command that reads a string, with one key after the other: made once for a connection,
   * because the driver copies each argument of a new one. It is written out when it is sent.
   */
  private static final class Range implements Rawable {
    private final CommandArguments command =
        new CommandArguments(Command.GETRANGE).add(this).add(0).add(IdentifiedRead.LONGEST);

    private byte[] key = {};

    void of(byte[] next) {
      key = next;
    }

    @Override
    public byte[] getRaw() {
      return key;
    }
  }

  /** Makes the socket of one connection and remembers it. */
  static final class Sockets implements JedisSocketFactory {
    private final HostAndPort server;
    private final String host;
    private final int port;
    private final @Nullable SSLSocketFactory tls;
    private final Duration connectTimeout;
    private final Duration readTimeout;
    private final Consumer<Sockets> whenCut;
    private volatile @Nullable Socket tcp;
    private volatile boolean cut;

    Sockets(
        HostAndPort server,
        @Nullable SSLSocketFactory tls,
        Duration connectTimeout,
        Duration readTimeout,
        Consumer<Sockets> whenCut) {
      this.server = server;
      this.host = server.getHost();
      this.port = server.getPort();
      this.tls = tls;
      this.connectTimeout = connectTimeout;
      this.readTimeout = readTimeout;
      this.whenCut = whenCut;
    }

    /** Tries the host's addresses in turn. */
    @Override
    public Socket createSocket() {
      NotSentException failure = new NotSentException("no address could be connected to", null);
      for (InetAddress address : addresses()) {
        try {
          return open(address);
        } catch (IOException e) {
          failure.addSuppressed(e);
        }
      }
      throw failure;
    }

    private InetAddress[] addresses() {
      try {
        return InetAddress.getAllByName(host);
      } catch (UnknownHostException e) {
        throw new NotSentException("the host is not known", e);
      }
    }

    private Socket open(InetAddress address) throws IOException {
      Socket socket = new Socket();
      try {
        tcp = socket;
        if (cut) {
          throw new IOException("the time to connect is over");
        }
        socket.setTcpNoDelay(true);
        socket.setKeepAlive(true);
        // Closing drops what was not sent yet, so it does not wait for a server that reads nothing.
        socket.setSoLinger(true, 0);
        socket.connect(new InetSocketAddress(address, port), millis(connectTimeout));
        socket.setSoTimeout(millis(readTimeout));
        return tls == null ? socket : secure(tls, socket);
      } catch (IOException | RuntimeException e) {
        closeQuietly(socket);
        throw e;
      }
    }

    private Socket secure(SSLSocketFactory factory, Socket socket) throws IOException {
      SSLSocket secure = (SSLSocket) factory.createSocket(socket, host, port, true);
      SSLParameters parameters = secure.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secure.setSSLParameters(parameters);
      secure.startHandshake();
      return secure;
    }

    void cut() {
      cut = true;
      Socket socket = tcp;
      if (socket != null) {
        closeQuietly(socket);
      }
      whenCut.accept(this);
    }

    private static void closeQuietly(Socket socket) {
      try {
        socket.close();
      } catch (IOException e) {
        // It is given up either way.
      }
    }

    /** Returns whole milliseconds, at least one: zero would mean no timeout. */
    static int millis(Duration duration) {
      return Math.toIntExact(Math.max(1, duration.toMillis()));
    }

    /** Returns the server, for messages. */
    @Override
    public String toString() {
      return host + ":" + port;
    }
  }
}
