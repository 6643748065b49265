package io.doorward.auth.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.testkit.FaultProxy.Direction;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("elapsed")
class FaultProxyIT {
  private final AtomicInteger served = new AtomicInteger();
  private ServerSocket echo;
  private Thread acceptor;
  private FaultProxy proxy;

  @BeforeEach
  void start() throws IOException {
    echo = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    acceptor = new Thread(this::serve, "echo");
    acceptor.setDaemon(true);
    acceptor.start();
    proxy = FaultProxy.to("127.0.0.1", echo.getLocalPort());
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    echo.close();
  }

  @Test
  void withoutFaultsEverythingPassesAndIsCounted() throws IOException {
    try (Socket socket = connect()) {
      assertThat(roundTrip(socket, new byte[100_000])).isEqualTo(100_000);
      assertThat(proxy.connections()).isOne();
      assertThat(proxy.open()).isOne();
      assertThat(proxy.bytes(Direction.UP)).isEqualTo(100_000);
      assertThat(proxy.bytes(Direction.DOWN)).isEqualTo(100_000);
    }
    await().atMost(Duration.ofSeconds(5)).until(() -> proxy.open() == 0);
  }

  @Test
  void latencyHoldsBothDirectionsUntilItIsHealed() throws IOException {
    try (Socket socket = connect()) {
      roundTrip(socket, new byte[1]);
      proxy.latency(Duration.ofMillis(500), Duration.ofMillis(50));
      assertThat(timed(() -> roundTrip(socket, new byte[1])))
          .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(9));

      proxy.heal();
      assertThat(timed(() -> roundTrip(socket, new byte[1]))).isLessThan(Duration.ofSeconds(1));
    }
  }

  @Test
  void bandwidthSlowsLargeAnswers() throws IOException {
    try (Socket socket = connect()) {
      proxy.bandwidth(10_000);

      assertThat(timed(() -> roundTrip(socket, new byte[3_000])))
          .isGreaterThan(Duration.ofMillis(300));
    }
  }

  @Test
  void slicesDripByteByByte() throws IOException {
    try (Socket socket = connect()) {
      proxy.slice(1, Duration.ofMillis(20));

      assertThat(timed(() -> roundTrip(socket, new byte[20])))
          .isGreaterThan(Duration.ofMillis(400));
    }
  }

  @Test
  void aBlackHoleTakesConnectionsAndAnswersNothing() throws IOException {
    proxy.blackHole();
    try (Socket socket = connect()) {
      socket.setSoTimeout(300);
      socket.getOutputStream().write(1);

      assertThatExceptionOfType(SocketTimeoutException.class)
          .isThrownBy(() -> socket.getInputStream().read());
      assertThat(served).hasValue(0);
      assertThat(proxy.bytes(Direction.UP)).isZero();
    }
  }

  @Test
  void aSwallowedAnswerWasServedAllTheSame() throws IOException {
    proxy.swallow(Direction.DOWN);
    try (Socket socket = connect()) {
      socket.setSoTimeout(300);
      socket.getOutputStream().write(1);

      assertThatExceptionOfType(SocketTimeoutException.class)
          .isThrownBy(() -> socket.getInputStream().read());
      await().atMost(Duration.ofSeconds(5)).untilAtomic(served, n -> assertThat(n).isOne());

      proxy.heal();
      assertThat(roundTrip(socket, new byte[1])).isOne();
    }
  }

  @Test
  void aResetIsFeltAsOne() throws IOException {
    try (Socket socket = connect()) {
      roundTrip(socket, new byte[1]);

      proxy.reset();

      assertThatExceptionOfType(SocketException.class)
          .isThrownBy(() -> socket.getInputStream().read());
      assertThat(proxy.open()).isZero();
    }
  }

  @Test
  void aCutIsAnOrderlyEnd() throws IOException {
    try (Socket socket = connect()) {
      roundTrip(socket, new byte[1]);

      proxy.cut();

      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void aLimitCutsWithinAnAnswerCountedFromNow() throws IOException {
    try (Socket socket = connect()) {
      roundTrip(socket, new byte[50]);
      proxy.cutAfter(Direction.DOWN, 10);

      assertThat(roundTrip(socket, new byte[50])).isEqualTo(10);
      assertThat(served.get()).isEqualTo(100);
    }
  }

  @Test
  void aLimitCutsWithinARequest() throws IOException {
    try (Socket socket = connect()) {
      roundTrip(socket, new byte[50]);
      proxy.cutAfter(Direction.UP, 10);

      roundTrip(socket, new byte[50]);

      await().atMost(Duration.ofSeconds(5)).untilAtomic(served, n -> assertThat(n).isEqualTo(60));
    }
  }

  @Test
  void aFaultOfOneDirectionLeavesTheOtherAlone() throws IOException {
    try (Socket socket = connect()) {
      proxy.latency(Direction.DOWN, Duration.ofHours(1), Duration.ZERO);
      socket.getOutputStream().write(1);
      await().atMost(Duration.ofSeconds(5)).untilAtomic(served, n -> assertThat(n).isOne());
      assertThat(proxy.bytes(Direction.DOWN)).isZero();
    }
    try (Socket socket = connect()) {
      proxy.heal();
      proxy.bandwidth(Direction.UP, 10_000);
      assertThat(timed(() -> roundTrip(socket, new byte[3_000])))
          .isGreaterThan(Duration.ofMillis(300));
      proxy.heal();
      proxy.slice(Direction.UP, 1, Duration.ofMillis(20));
      assertThat(timed(() -> roundTrip(socket, new byte[20])))
          .isGreaterThan(Duration.ofMillis(400));
      proxy.heal();
      proxy.slowClose(Direction.UP, Duration.ofMillis(300));
      assertThat(timed(() -> awaitEnd(socket))).isGreaterThan(Duration.ofMillis(300));
    }
  }

  @Test
  void aResetBeforeTheServerIsReachedIsNotServed() throws IOException {
    try (Socket socket = connect()) {
      roundTrip(socket, new byte[1]);
      proxy.resetAfter(Direction.UP, 0);
      socket.getOutputStream().write(1);

      assertThatExceptionOfType(SocketException.class)
          .isThrownBy(() -> socket.getInputStream().read());
      assertThat(served).hasValue(1);
    }
  }

  @Test
  void aResetInsteadOfAnAnswerIsServedAllTheSame() throws IOException {
    try (Socket socket = connect()) {
      roundTrip(socket, new byte[1]);
      proxy.resetAfter(Direction.DOWN, 0);
      socket.getOutputStream().write(1);

      assertThatExceptionOfType(SocketException.class)
          .isThrownBy(() -> socket.getInputStream().read());
      assertThat(served).hasValue(2);
    }
  }

  @Test
  void whatHappensOnceHurtsOneConnectionAndNoOther() throws IOException {
    proxy.cutOnceAfter(Direction.DOWN, 10);
    try (Socket first = connect();
        Socket second = connect()) {
      assertThat(roundTrip(first, new byte[50])).isEqualTo(10);
      assertThat(roundTrip(second, new byte[50])).isEqualTo(50);
      assertThat(roundTrip(second, new byte[50])).isEqualTo(50);

      proxy.resetOnceAfter(Direction.UP, 0);
      assertThat(roundTrip(second, new byte[50])).isZero();
    }
    try (Socket third = connect()) {
      assertThat(roundTrip(third, new byte[50])).isEqualTo(50);
    }
  }

  @Test
  void aSlowCloseComesLate() throws IOException {
    proxy.slowClose(Duration.ofMillis(300));
    try (Socket socket = connect()) {
      roundTrip(socket, new byte[1]);
      assertThat(timed(() -> awaitEnd(socket))).isGreaterThan(Duration.ofMillis(300));
    }
  }

  @Test
  void aRefusingProxyIsAClosedPortUntilItIsHealed() throws IOException {
    try (Socket old = connect()) {
      roundTrip(old, new byte[1]);
      proxy.refuse();

      assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> connect().close());
      assertThat(roundTrip(old, new byte[1])).isOne();

      proxy.heal();
      try (Socket fresh = connect()) {
        assertThat(roundTrip(fresh, new byte[1])).isOne();
      }
    }
  }

  @Test
  void aServerThatIsDownResetsTheClient() throws Exception {
    echo.close();
    // The kernel goes on listening for as long as a thread is in accept.
    acceptor.join(10_000);
    assertThat(acceptor.isAlive()).isFalse();
    try (Socket socket = connect()) {
      assertThatExceptionOfType(SocketException.class)
          .isThrownBy(
              () -> {
                if (socket.getInputStream().read() < 0) {
                  throw new SocketException("ended");
                }
              });
    }
  }

  @Test
  void closingLeavesNeitherConnectionsNorThreads() throws IOException {
    int port = proxy.port();
    proxy.latency(Duration.ofHours(1), Duration.ZERO);
    try (Socket socket = connect()) {
      socket.getOutputStream().write(1);
      await().atMost(Duration.ofSeconds(5)).until(() -> proxy.open() == 1);

      proxy.close();
      proxy.close();

      await()
          .atMost(Duration.ofSeconds(5))
          .until(
              () ->
                  Thread.getAllStackTraces().keySet().stream()
                      .noneMatch(thread -> thread.getName().equals("fault-proxy-" + port)));
      assertThat(proxy.open()).isZero();
      assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> connect().close());
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(proxy.host(), proxy.port());
    socket.setSoTimeout(10_000);
    return socket;
  }

  /** Returns how many bytes came back before the end. */
  private static int roundTrip(Socket socket, byte[] request) throws IOException {
    Thread writer =
        new Thread(
            () -> {
              try {
                socket.getOutputStream().write(request);
              } catch (IOException e) {
                // The proxy cut the connection.
              }
            });
    writer.start();
    InputStream in = socket.getInputStream();
    int read = 0;
    try {
      while (read < request.length) {
        int n = in.read(new byte[request.length - read]);
        if (n < 0) {
          break;
        }
        read += n;
      }
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (SocketException e) {
      // A cut while data were still on their way.
    }
    return read;
  }

  private interface Step {
    void run() throws IOException;
  }

  /** Ends one direction and waits until the other has ended, too. */
  private static void awaitEnd(Socket socket) throws IOException {
    socket.shutdownOutput();
    assertThat(socket.getInputStream().read()).isEqualTo(-1);
  }

  private static Duration timed(Step step) throws IOException {
    long start = System.nanoTime();
    step.run();
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private void serve() {
    while (!echo.isClosed()) {
      try {
        Socket socket = echo.accept();
        Thread thread = new Thread(() -> answer(socket), "echo-connection");
        thread.setDaemon(true);
        thread.start();
      } catch (IOException e) {
        return;
      }
    }
  }

  private void answer(Socket socket) {
    try (socket) {
      byte[] buffer = new byte[4096];
      for (int n = socket.getInputStream().read(buffer);
          n >= 0;
          n = socket.getInputStream().read(buffer)) {
        served.addAndGet(n);
        socket.getOutputStream().write(buffer, 0, n);
      }
    } catch (IOException e) {
      // The connection was cut.
    }
  }
}
