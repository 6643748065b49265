package io.doorward.auth.testkit;

import static java.util.Objects.requireNonNull;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Looks for the secrets of past test runs in the logs of those runs: {@code logs-*.log} beside the
 * secrets that {@link TestSecrets} recorded, in {@code target/secrecy} of every module.
 * Thread-safe.
 */
public final class SecrecyCheck {
  private static final String DEFAULT = "target/secrecy";

  /** Long enough that two secrets seldom share a beginning. */
  private static final int PREFIX = TestSecrets.MIN_LENGTH;

  private SecrecyCheck() {}

  /** Where this JVM writes its logs and secrets. */
  static Path directory() {
    return Path.of(System.getProperty("doorward.secrecy.dir", DEFAULT));
  }

  /**
   * Scans the logs of modules for the secrets of all of them.
   *
   * @param moduleDirs directories that have a {@code target/secrecy}
   * @return the counts of the scan and its findings
   */
  public static Report scan(Path... moduleDirs) {
    return scan(
        Stream.of(requireNonNull(moduleDirs, "moduleDirs"))
            .map(dir -> dir.resolve(DEFAULT))
            .toList());
  }

  static Report scan(List<Path> directories) {
    Map<String, List<String>> byPrefix = new HashMap<>();
    Set<String> secrets = new TreeSet<>();
    for (Path file : files(directories, "secrets-", ".txt")) {
      for (String line : lines(file)) {
        secrets.add(new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8));
      }
    }
    for (String secret : secrets) {
      byPrefix
          .computeIfAbsent(secret.substring(0, PREFIX), prefix -> new ArrayList<>())
          .add(secret);
    }
    List<String> findings = new ArrayList<>();
    long lines = 0;
    List<Path> logs = files(directories, "logs-", ".log");
    for (Path log : logs) {
      try (BufferedReader reader = Files.newBufferedReader(log)) {
        int number = 0;
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          number++;
          if (holdsSecret(line, byPrefix)) {
            findings.add(log + ":" + number);
          }
        }
        lines += number;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return new Report(findings, secrets.size(), logs.size(), lines);
  }

  private static boolean holdsSecret(String line, Map<String, List<String>> byPrefix) {
    for (int i = 0; i + PREFIX <= line.length(); i++) {
      List<String> candidates = byPrefix.get(line.substring(i, i + PREFIX));
      if (candidates != null) {
        for (String secret : candidates) {
          if (line.startsWith(secret, i)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static List<Path> files(List<Path> directories, String prefix, String suffix) {
    List<Path> found = new ArrayList<>();
    for (Path directory : directories) {
      if (Files.isDirectory(directory)) {
        try (Stream<Path> files = Files.list(directory)) {
          files
              .filter(file -> file.getFileName().toString().startsWith(prefix))
              .filter(file -> file.getFileName().toString().endsWith(suffix))
              .sorted()
              .forEach(found::add);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    return found;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The result of a scan. A scan without secrets or without log lines proves nothing, so look at
   * the counts too.
   *
   * @param findings log file and line of every line that holds a secret; never the secret
   * @param secrets how many secrets were looked for
   * @param logs how many log files were read
   * @param lines how many log lines were read
   */
  public record Report(List<String> findings, int secrets, int logs, long lines) {
    /**
     * Copies the list.
     *
     * @param findings see the type
     * @param secrets see the type
     * @param logs see the type
     * @param lines see the type
     */
    public Report {
      findings = List.copyOf(findings);
    }
  }
}
