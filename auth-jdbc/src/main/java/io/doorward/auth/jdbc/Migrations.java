package io.doorward.auth.jdbc;

import io.doorward.auth.guard.SuppressForbidden;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** The migration files that this version of the library brings. */
final class Migrations {
  private static final String FOLDER = "META-INF/doorward/postgresql";

  static final String FLYWAY_LOCATION = "classpath:" + FOLDER;

  /** In order; the first is version 1. A file that was released is never edited. */
  static final List<Migration> ALL =
      load(
          "V1__accounts.sql",
          "V2__sessions.sql",
          "V3__cache_primaries.sql",
          "V4__epochs.sql",
          "V5__session_ends.sql",
          "V6__waiting_primaries.sql",
          "V7__key_fingerprints.sql",
          "V8__eras.sql",
          "V9__failures.sql",
          "V10__account_versions.sql",
          "V11__ended_sessions.sql",
          "V12__outbox_kinds.sql",
          "V13__tenants.sql");

  static final int NEWEST = ALL.size();

  private static final String OURS = "\"\\$\\{schema}\"\\.\"\\$\\{prefix}(\\w+)\"";
  private static final Pattern TABLE = Pattern.compile("CREATE TABLE " + OURS);
  private static final Pattern TRIGGER =
      Pattern.compile(
          "(CREATE|DROP)(?: OR REPLACE)? TRIGGER (?:IF EXISTS )?(\\w+)\\s[^;]*?\\bON " + OURS);

  /** The tables that the files create, without the prefix. */
  static final List<String> TABLES =
      ALL.stream()
          .flatMap(migration -> TABLE.matcher(migration.text()).results())
          .map(match -> match.group(1))
          .toList();

  /** The triggers that have to run, as the files leave them. */
  static final Set<Trigger> TRIGGERS = triggers();

  private Migrations() {}

  /**
   * A trigger of ours.
   *
   * @param table its table, without the prefix
   * @param name its name
   */
  record Trigger(String table, String name) {}

  private static Set<Trigger> triggers() {
    Set<Trigger> triggers = new LinkedHashSet<>();
    for (Migration migration : ALL) {
      Matcher match = TRIGGER.matcher(migration.text());
      while (match.find()) {
        Trigger trigger = new Trigger(match.group(3), match.group(2));
        if (match.group(1).equals("CREATE")) {
          triggers.add(trigger);
        } else {
          triggers.remove(trigger);
        }
      }
    }
    return Collections.unmodifiableSet(triggers);
  }

  /**
   * One file.
   *
   * @param version its number
   * @param file its name
   * @param text with placeholders
   * @param checksum SHA-256 of the text, hexadecimal
   */
  record Migration(int version, String file, String text, String checksum) {
    /** Returns the text with the names in place of the placeholders. */
    String render(JdbcSchema schema) {
      return text.replace("${schema}", schema.schema()).replace("${prefix}", schema.prefix());
    }
  }

  private static List<Migration> load(String... files) {
    return IntStream.range(0, files.length)
        .mapToObj(
            i -> {
              String text = read(files[i]);
              return new Migration(i + 1, files[i], text, sha256(text));
            })
        .toList();
  }

  private static String read(String file) {
    try (InputStream in = Migrations.class.getResourceAsStream('/' + FOLDER + '/' + file)) {
      if (in == null) {
        throw new IllegalStateException(
            "the file " + FOLDER + '/' + file + " is missing from the jar of auth-jdbc");
      }
      // A checkout on Windows may have other line ends; the file is the same.
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(file, e);
    }
  }

  /** Returns the digest in lower-case hexadecimal digits. */
  @SuppressForbidden("SHA-256")
  static String sha256(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
