package io.doorward.auth.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Shared functions of the servers: directories, signals, and the clean-up when the JVM ends. */
final class Processes {
  private static final Logger LOG = LoggerFactory.getLogger(Processes.class);
  private static final Duration START = Duration.ofSeconds(60);
  private static final Deque<AutoCloseable> OPEN = new ArrayDeque<>();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(Processes::closeAll, "doorward-testkit-exit"));
  }

  private Processes() {}

  static Path newDirectory(String what) {
    try {
      return Files.createTempDirectory("doorward-" + what + "-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Copies a directory with all that is in it; only its owner may look into the copy. */
  static void copyDirectory(Path from, Path to) {
    try {
      Files.walkFileTree(
          from,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                throws IOException {
              Path copy = Files.createDirectories(to.resolve(from.relativize(directory)));
              Files.setPosixFilePermissions(copy, Files.getPosixFilePermissions(directory));
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.copy(
                  file, to.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void deleteDirectory(Path directory) {
    if (!Files.exists(directory)) {
      return;
    }
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException e)
                throws IOException {
              Files.deleteIfExists(dir);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      LOG.warn("Left a directory of a test server behind: {}", directory, e);
    }
  }

  /** Sends a signal to one of our own processes; one that has ended meanwhile is skipped. */
  static void signal(String name, ProcessHandle process) {
    if (!process.isAlive()) {
      return;
    }
    try {
      Process kill =
          new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
              .redirectErrorStream(true)
              .start();
      if (!kill.waitFor(10, TimeUnit.SECONDS) || (kill.exitValue() != 0 && process.isAlive())) {
        throw new IllegalStateException(
            "signal " + name + " did not reach process " + process.pid());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while signalling a test server", e);
    }
  }

  static void awaitEnd(ProcessHandle process) {
    Awaitility.await("the end of process " + process.pid())
        .atMost(START)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> !process.isAlive());
  }

  /** Waits until a server that was started answers. */
  static void awaitReady(String what, Callable<Boolean> answers) {
    Awaitility.await(what + " to answer")
        .atMost(START)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptions()
        .until(answers);
  }

  /** Closes a resource when the JVM ends, unless it was closed before. */
  static void closeAtExit(AutoCloseable process) {
    synchronized (OPEN) {
      OPEN.push(process);
    }
  }

  static void closed(AutoCloseable process) {
    synchronized (OPEN) {
      OPEN.remove(process);
    }
  }

  private static void closeAll() {
    Deque<AutoCloseable> left;
    synchronized (OPEN) {
      left = new ArrayDeque<>(OPEN);
    }
    for (AutoCloseable process : left) {
      try {
        process.close();
      } catch (Exception e) {
        LOG.warn("Something of the test servers did not close", e);
      }
    }
  }
}
