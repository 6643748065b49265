package io.doorward.auth.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;

/**
 * TCP ports for servers that are stopped and started again within a test. A port that the system
 * hands out ({@code new ServerSocket(0)}) is free again as soon as its server stops, and the system
 * may give it to any connection until the server is back. These ports lie below the range from
 * which systems choose, and no other JVM that takes ports here gets the same one: each is locked
 * until the JVM ends.
 *
 * <p>Thread-safe.
 */
public final class TestPorts {
  /** Below 32768, where Linux begins to choose by itself; macOS and Windows begin at 49152. */
  private static final int FIRST = 20_000;

  private static final int COUNT = 12_000;
  private static final SecureRandom RANDOM = new SecureRandom();

  private TestPorts() {}

  /**
   * Takes a port on the loopback interface that is this JVM's until it ends, whether something
   * listens on it or not.
   *
   * @return a port that was not returned before
   * @throws IllegalStateException if all are taken
   */
  public static int take() {
    int start = RANDOM.nextInt(COUNT);
    for (int i = 0; i < COUNT; i++) {
      int port = FIRST + (start + i) % COUNT;
      if (take(port)) {
        return port;
      }
    }
    throw new IllegalStateException(
        "all test ports from "
            + FIRST
            + " to "
            + (FIRST + COUNT - 1)
            + " are taken: end the JVMs that hold them");
  }

  /** Takes this very port, unless a JVM has it or something listens on it. */
  static boolean take(int port) {
    try {
      return Locks.FILE.tryLock(port, 1, false) != null && nothingListensOn(port);
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean nothingListensOn(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** One byte a port. Never closed: closing it would release the locks of the whole JVM. */
  private static final class Locks {
    static final FileChannel FILE = open();

    private static FileChannel open() {
      Path file =
          Path.of(
              System.getProperty("java.io.tmpdir"),
              "doorward-test-ports-" + System.getProperty("user.name"));
      try {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      } catch (IOException e) {
        throw new UncheckedIOException("the list of taken test ports cannot be opened", e);
      }
    }
  }
}
