package io.doorward.auth.testkit;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy on the loopback interface that hurts what passes through it. Faults may be switched
 * on and off while connections are open; they add up, and {@link #heal()} ends them all. Bytes that
 * arrive after a fault was switched on suffer it.
 *
 * <p>Thread-safe. Every method returns at once; {@link #refuse()} and {@link #close()} when the
 * port is closed. {@link #close()} ends every connection and thread; nothing else is left behind.
 */
public final class FaultProxy implements AutoCloseable {
  private static final int CHUNK = 16 * 1024;
  private static final int MAX_THREADS = 1024;
  private static final int CONNECT_MILLIS = 5_000;
  private static final Duration FOR_EVER = Duration.ofDays(1);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final String targetHost;
  private final int targetPort;
  private final int port;
  private final ThreadPoolExecutor threads;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final AtomicLong accepted = new AtomicLong();
  private final AtomicLong up = new AtomicLong();
  private final AtomicLong down = new AtomicLong();
  private final ReentrantLock lock = new ReentrantLock();
  private volatile Way upwards = Way.CLEAR;
  private volatile Way downwards = Way.CLEAR;
  private @Nullable Listener listener;

  /** Which way bytes travel. */
  public enum Direction {
    /** From the client to the server: requests. */
    UP,
    /** From the server to the client: answers. */
    DOWN
  }

  private FaultProxy(String targetHost, int targetPort) {
    this.targetHost = targetHost;
    this.targetPort = targetPort;
    Listener first = new Listener(listenOn(TestPorts.take()), new CountDownLatch(1));
    this.listener = first;
    this.port = first.socket.getLocalPort();
    this.threads =
        new ThreadPoolExecutor(
            0,
            MAX_THREADS,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread = new Thread(task, "fault-proxy-" + port);
              thread.setDaemon(true);
              return thread;
            });
    threads.execute(() -> accept(first));
  }

  /**
   * Starts a proxy on a port of {@link TestPorts}.
   *
   * @param host of the server
   * @param port of the server; it need not be up
   * @return a proxy without faults
   */
  public static FaultProxy to(String host, int port) {
    return new FaultProxy(requireNonNull(host, "host"), port);
  }

  /**
   * Returns where the proxy listens.
   *
   * @return the loopback address
   */
  public String host() {
    return "127.0.0.1";
  }

  /**
   * Returns where the proxy listens.
   *
   * @return a TCP port, the same until {@link #close()}
   */
  public int port() {
    return port;
  }

  /**
   * Holds every piece of data back, in both directions: a round trip costs at least twice as much.
   *
   * @param latency at least this long
   * @param jitter up to this much longer, evenly spread
   */
  public void latency(Duration latency, Duration jitter) {
    latency(Direction.UP, latency, jitter);
    latency(Direction.DOWN, latency, jitter);
  }

  /**
   * Holds every piece of data back in one direction.
   *
   * @param direction which way
   * @param latency at least this long
   * @param jitter up to this much longer, evenly spread
   */
  public void latency(Direction direction, Duration latency, Duration jitter) {
    requireNotNegative("latency", latency);
    requireNotNegative("jitter", jitter);
    change(direction, now -> now.withLatency(latency.toNanos(), jitter.toNanos()));
  }

  /**
   * Lets only so many bytes through, in each direction and on each connection.
   *
   * @param bytesPerSecond positive
   */
  public void bandwidth(int bytesPerSecond) {
    bandwidth(Direction.UP, bytesPerSecond);
    bandwidth(Direction.DOWN, bytesPerSecond);
  }

  /**
   * Lets only so many bytes through in one direction, on each connection.
   *
   * @param direction which way
   * @param bytesPerSecond positive
   */
  public void bandwidth(Direction direction, int bytesPerSecond) {
    requirePositive("bytesPerSecond", bytesPerSecond);
    change(direction, now -> now.withBandwidth(bytesPerSecond));
  }

  /**
   * Cuts the data into small pieces and waits before each, in both directions.
   *
   * @param bytes the size of a piece; positive
   * @param delay before each piece
   */
  public void slice(int bytes, Duration delay) {
    slice(Direction.UP, bytes, delay);
    slice(Direction.DOWN, bytes, delay);
  }

  /**
   * Cuts the data into small pieces and waits before each, in one direction.
   *
   * @param direction which way
   * @param bytes the size of a piece; positive
   * @param delay before each piece
   */
  public void slice(Direction direction, int bytes, Duration delay) {
    requirePositive("bytes", bytes);
    requireNotNegative("delay", delay);
    change(direction, now -> now.withSlices(bytes, delay.toNanos()));
  }

  /** Swallows everything in both directions; connections are taken and stay open. */
  public void blackHole() {
    swallow(Direction.UP);
    swallow(Direction.DOWN);
  }

  /**
   * Swallows everything in both directions, the ends of connections too, as if the cable were
   * pulled: neither side learns that the other one is gone. Connections stay so after {@link
   * #heal()}.
   */
  public void isolate() {
    blackHole();
    slowClose(FOR_EVER);
  }

  /**
   * Swallows everything in one direction; connections stay open. {@link Direction#DOWN} makes the
   * server execute the request and the client never learn of it.
   *
   * @param direction which way
   */
  public void swallow(Direction direction) {
    change(direction, Way::withSwallow);
  }

  /**
   * Cuts every connection in good order (TCP FIN) as soon as this many bytes have passed, counted
   * for each connection from now. With {@link Direction#UP} and 0 no request reaches the server;
   * with {@link Direction#DOWN} the server executes the request, and the answer is lost (0) or
   * broken off (more).
   *
   * @param direction which way
   * @param bytes how many still pass; 0 cuts at the next one
   */
  public void cutAfter(Direction direction, long bytes) {
    limit(direction, bytes, false, false);
  }

  /**
   * Does what {@link #cutAfter} does to one connection only: the first that comes to that many
   * bytes.
   *
   * @param direction which way
   * @param bytes how many still pass; 0 cuts at the next one
   */
  public void cutOnceAfter(Direction direction, long bytes) {
    limit(direction, bytes, false, true);
  }

  /**
   * Resets every connection (TCP RST) as soon as this many bytes have passed, counted for each
   * connection from now; what has passed may be lost with it.
   *
   * @param direction which way
   * @param bytes how many still pass; 0 resets at the next one
   */
  public void resetAfter(Direction direction, long bytes) {
    limit(direction, bytes, true, false);
  }

  /**
   * Does what {@link #resetAfter} does to one connection only: the first that comes to that many
   * bytes.
   *
   * @param direction which way
   * @param bytes how many still pass; 0 resets at the next one
   */
  public void resetOnceAfter(Direction direction, long bytes) {
    limit(direction, bytes, true, true);
  }

  private void limit(Direction direction, long bytes, boolean reset, boolean once) {
    if (bytes < 0) {
      throw new IllegalArgumentException("bytes must not be negative: " + bytes);
    }
    change(direction, now -> now.withLimit(new Limit(bytes, reset, once)));
  }

  /**
   * Passes the end of a connection on late, in both directions.
   *
   * @param delay how late
   */
  public void slowClose(Duration delay) {
    slowClose(Direction.UP, delay);
    slowClose(Direction.DOWN, delay);
  }

  /**
   * Passes the end of a connection on late in one direction.
   *
   * @param direction which way: {@link Direction#UP} is the end that the client makes
   * @param delay how late
   */
  public void slowClose(Direction direction, Duration delay) {
    requireNotNegative("delay", delay);
    change(direction, now -> now.withSlowClose(delay.toNanos()));
  }

  /** Refuses new connections, as a port without a listener does. Open ones live on. */
  public void refuse() {
    lock.lock();
    try {
      Listener open = listener;
      listener = null;
      if (open != null) {
        open.socket.close();
        // The kernel goes on listening for as long as a thread is in accept.
        if (!open.ended.await(10, TimeUnit.SECONDS)) {
          throw new IllegalStateException("the proxy's listener did not end within 10 s");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the proxy's port was closed", e);
    } finally {
      lock.unlock();
    }
  }

  /** Resets every open connection (TCP RST), to the client and to the server. */
  public void reset() {
    links.forEach(Link::reset);
  }

  /** Closes every open connection in good order (TCP FIN). */
  public void cut() {
    links.forEach(Link::close);
  }

  /** Ends all faults. Swallowed bytes stay lost, and cut connections stay cut. */
  public void heal() {
    change(Direction.UP, now -> Way.CLEAR);
    change(Direction.DOWN, now -> Way.CLEAR);
    lock.lock();
    try {
      if (listener == null && closed.getCount() > 0) {
        Listener again = new Listener(listenOn(port), new CountDownLatch(1));
        listener = again;
        threads.execute(() -> accept(again));
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Counts the connections that were taken so far.
   *
   * @return how many
   */
  public long connections() {
    return accepted.get();
  }

  /**
   * Counts the connections that are open.
   *
   * @return how many
   */
  public int open() {
    return links.size();
  }

  /**
   * Counts the bytes that were passed on.
   *
   * @param direction which way
   * @return how many; swallowed ones do not count
   */
  public long bytes(Direction direction) {
    return counter(direction).get();
  }

  /** Ends every connection and stops listening. Does nothing the second time. */
  @Override
  public void close() {
    closed.countDown();
    refuse();
    cut();
    threads.shutdownNow();
  }

  private static ServerSocket listenOn(int port) {
    try {
      ServerSocket socket = new ServerSocket();
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void accept(Listener own) {
    try {
      while (!own.socket.isClosed()) {
        try {
          Socket client = own.socket.accept();
          accepted.incrementAndGet();
          threads.execute(() -> connect(client));
        } catch (IOException e) {
          // The listener was closed, or the client left before it was taken.
        }
      }
    } finally {
      own.ended.countDown();
    }
  }

  private void connect(Socket client) {
    Socket server = new Socket();
    Link link = new Link(client, server);
    links.add(link);
    try {
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      server.connect(new InetSocketAddress(targetHost, targetPort), CONNECT_MILLIS);
      if (closed.getCount() == 0) {
        link.close();
        return;
      }
      threads.execute(() -> pump(link, server, client, Direction.DOWN));
      pump(link, client, server, Direction.UP);
    } catch (IOException e) {
      link.reset();
    }
  }

  private void pump(Link link, Socket from, Socket to, Direction direction) {
    Limit counted = null;
    long left = 0;
    byte[] buffer = new byte[CHUNK];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        Way now = way(direction);
        Limit limit = now.limit;
        if (limit != counted) {
          counted = limit;
          left = limit == null ? 0 : limit.bytes;
        }
        if (now.swallow) {
          continue;
        }
        if (limit != null && n >= left && limit.isReached()) {
          send(now, out, buffer, (int) left, direction);
          if (limit.reset) {
            link.reset();
          } else {
            link.close();
          }
          return;
        }
        left = Math.max(0, left - n);
        send(now, out, buffer, n, direction);
      }
      pause(way(direction).slowClose);
      link.halfClose(to);
    } catch (SocketException e) {
      // The other side reset the connection, or it was cut here: both ends feel it.
      link.reset();
    } catch (IOException e) {
      link.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      link.close();
    }
  }

  private void send(Way now, OutputStream out, byte[] data, int length, Direction direction)
      throws IOException, InterruptedException {
    if (now.latency > 0 || now.jitter > 0) {
      pause(now.latency + (long) (RANDOM.nextDouble() * now.jitter));
    }
    int piece = now.piece(length);
    for (int at = 0; at < length; at += piece) {
      int size = Math.min(piece, length - at);
      pause(now.sliceDelay + now.transmission(size));
      // Counted first, so that the receiver of a byte finds it counted.
      counter(direction).addAndGet(size);
      out.write(data, at, size);
    }
  }

  /** Waits, but not beyond the proxy's end. */
  private void pause(long nanos) throws InterruptedException {
    if (nanos > 0 && closed.await(nanos, TimeUnit.NANOSECONDS)) {
      throw new InterruptedException("the proxy was closed");
    }
  }

  private AtomicLong counter(Direction direction) {
    return direction == Direction.UP ? up : down;
  }

  private Way way(Direction direction) {
    return direction == Direction.UP ? upwards : downwards;
  }

  private void change(Direction direction, UnaryOperator<Way> change) {
    lock.lock();
    try {
      if (direction == Direction.UP) {
        upwards = change.apply(upwards);
      } else {
        downwards = change.apply(downwards);
      }
    } finally {
      lock.unlock();
    }
  }

  private static void requirePositive(String what, int value) {
    if (value <= 0) {
      throw new IllegalArgumentException(what + " must be positive: " + value);
    }
  }

  private static void requireNotNegative(String what, Duration value) {
    if (value.isNegative()) {
      throw new IllegalArgumentException(what + " must not be negative: " + value);
    }
  }

  /** Returns where it listens and where it leads. */
  @Override
  public String toString() {
    return "FaultProxy[" + port + " to " + targetHost + ":" + targetPort + "]";
  }

  /** A port that is listened on, and the end of the thread that does. */
  private record Listener(ServerSocket socket, CountDownLatch ended) {}

  /** One limit that was set; each connection counts down from it by itself. */
  private static final class Limit {
    final long bytes;
    final boolean reset;
    private final boolean once;
    private final AtomicBoolean used = new AtomicBoolean();

    Limit(long bytes, boolean reset, boolean once) {
      this.bytes = bytes;
      this.reset = reset;
      this.once = once;
    }

    /** Tells whether a connection that has come to it ends. */
    boolean isReached() {
      return used.compareAndSet(false, true) || !once;
    }
  }

  /** A client's connection and the one that belongs to it. */
  private final class Link {
    private final Socket client;
    private final Socket server;
    private boolean clientEnded;
    private boolean serverEnded;

    Link(Socket client, Socket server) {
      this.client = client;
      this.server = server;
    }

    /** Passes an end on; when both ends have come the connection is over. */
    void halfClose(Socket to) throws IOException {
      to.shutdownOutput();
      boolean over;
      lock.lock();
      try {
        clientEnded |= to == server;
        serverEnded |= to == client;
        over = clientEnded && serverEnded;
      } finally {
        lock.unlock();
      }
      if (over) {
        close();
      }
    }

    void reset() {
      if (!links.remove(this)) {
        return;
      }
      for (Socket socket : new Socket[] {client, server}) {
        try {
          socket.setSoLinger(true, 0);
        } catch (SocketException e) {
          // It is closed already.
        }
      }
      closeBoth();
    }

    void close() {
      if (links.remove(this)) {
        closeBoth();
      }
    }

    private void closeBoth() {
      for (Socket socket : new Socket[] {client, server}) {
        try {
          socket.close();
        } catch (IOException e) {
          // It should be closed.
        }
      }
    }
  }

  /** The faults that are switched on in one direction. Zero and null mean off. */
  private record Way(
      long latency,
      long jitter,
      int bytesPerSecond,
      int sliceBytes,
      long sliceDelay,
      boolean swallow,
      @Nullable Limit limit,
      long slowClose) {
    static final Way CLEAR = new Way(0, 0, 0, 0, 0, false, null, 0);

    Way withLatency(long nanos, long jitterNanos) {
      return new Way(
          nanos, jitterNanos, bytesPerSecond, sliceBytes, sliceDelay, swallow, limit, slowClose);
    }

    Way withBandwidth(int bytes) {
      return new Way(latency, jitter, bytes, sliceBytes, sliceDelay, swallow, limit, slowClose);
    }

    Way withSlices(int bytes, long delay) {
      return new Way(latency, jitter, bytesPerSecond, bytes, delay, swallow, limit, slowClose);
    }

    Way withSwallow() {
      return new Way(
          latency, jitter, bytesPerSecond, sliceBytes, sliceDelay, true, limit, slowClose);
    }

    Way withLimit(Limit next) {
      return new Way(
          latency, jitter, bytesPerSecond, sliceBytes, sliceDelay, swallow, next, slowClose);
    }

    Way withSlowClose(long nanos) {
      return new Way(
          latency, jitter, bytesPerSecond, sliceBytes, sliceDelay, swallow, limit, nanos);
    }

    /** A tenth of a second's worth at most, so that a slow line drips and does not gush. */
    int piece(int length) {
      int piece = sliceBytes > 0 ? sliceBytes : length;
      if (bytesPerSecond > 0) {
        piece = Math.min(piece, Math.max(1, bytesPerSecond / 10));
      }
      return Math.max(1, piece);
    }

    long transmission(int size) {
      return bytesPerSecond > 0 ? size * 1_000_000_000L / bytesPerSecond : 0;
    }
  }
}
