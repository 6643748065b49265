package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RedisScriptTest {
  @Test
  void everyCommandSaysWhatItsKeysArgumentsAndAnswerAre() throws Exception {
    List<Path> scripts = scripts();
    assertThat(scripts).hasSize(24);
    for (Path script : scripts) {
      String text = Files.readString(script);
      assertThat(text).as("%s", script).startsWith("-- ");
      if (!text.startsWith("-- Not a command")) {
        assertThat(text).as("%s", script).contains("-- KEYS[1]", "-- Returns");
        for (int i = 1; text.contains("ARGV[" + i + "]"); i++) {
          assertThat(text).as("%s", script).contains("-- ARGV[" + i + "]");
        }
      }
    }
  }

  @Test
  void noScriptWalksTheKeySpace() throws Exception {
    for (Path script : scripts()) {
      assertThat(Files.readString(script)).as("%s", script).doesNotContain("'KEYS'", "'SCAN'");
    }
  }

  @Test
  void whatIsSharedStandsInFrontOfTheCommand() {
    String source = new String(RedisScript.ENTRY_FILL.source(), StandardCharsets.UTF_8);

    assertThat(source.indexOf("local function identity"))
        .isBetween(0, source.indexOf("Stores a payload under a ticket"));
    assertThat(new String(RedisScript.ENTRY_FILL.digest(), StandardCharsets.US_ASCII))
        .matches("[0-9a-f]{40}");
  }

  private static List<Path> scripts() throws Exception {
    URI one = Objects.requireNonNull(RedisScript.class.getResource("entry.lua")).toURI();
    try (Stream<Path> all = Files.list(Path.of(one).getParent())) {
      return all.filter(path -> path.toString().endsWith(".lua")).toList();
    }
  }
}
