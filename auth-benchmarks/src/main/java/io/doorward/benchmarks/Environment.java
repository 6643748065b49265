package io.doorward.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What was measured, when and on what.
 *
 * @param date in UTC
 * @param commit of the work tree, with {@code -dirty} behind it where something was not committed
 * @param machine processor, cores, memory, system
 * @param jdk its version
 * @param servers PostgreSQL and Redis, on loopback
 * @param libraries by the names of their jars
 */
record Environment(
    String date,
    String commit,
    String machine,
    String jdk,
    String servers,
    List<String> libraries) {
  Environment {
    libraries = List.copyOf(libraries);
  }

  /** Describes this machine and these servers. */
  static Environment of(Servers servers, Path root) throws IOException, InterruptedException {
    return new Environment(
        InstantSource.system().instant().atOffset(ZoneOffset.UTC).toLocalDate().toString(),
        commitOf(root),
        thisMachine(),
        System.getProperty("java.vm.name") + " " + Runtime.version(),
        servers.versions(),
        Peers.jars());
  }

  private static String commitOf(Path root) throws IOException, InterruptedException {
    Process git =
        new ProcessBuilder("git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")
            .directory(root.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String answer = new String(git.getInputStream().readAllBytes(), UTF_8).strip();
    boolean ended = git.waitFor(10, TimeUnit.SECONDS);
    return ended && git.exitValue() == 0 ? answer : "unknown";
  }

  private static String thisMachine() throws IOException {
    return value(Path.of("/proc/cpuinfo"), "model name", "unknown processor")
        + ", cores: "
        + Runtime.getRuntime().availableProcessors()
        + ", memory: "
        + value(Path.of("/proc/meminfo"), "MemTotal", "unknown")
        + ", "
        + System.getProperty("os.name")
        + " "
        + System.getProperty("os.version");
  }

  private static String value(Path file, String field, String otherwise) throws IOException {
    if (!Files.exists(file)) {
      return otherwise;
    }
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(field))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .orElse(otherwise);
    }
  }
}
