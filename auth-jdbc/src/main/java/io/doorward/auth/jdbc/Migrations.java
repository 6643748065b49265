package io.doorward.auth.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
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
          "V5__session_ends.sql");

  static final int NEWEST = ALL.size();

  private Migrations() {}

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

  private static String sha256(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
