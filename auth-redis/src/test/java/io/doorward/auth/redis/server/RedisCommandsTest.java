package io.doorward.auth.redis.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.redis.RedisStores;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RedisCommandsTest {
  private static final Pattern CALL = Pattern.compile("redis\\.p?call\\('([A-Z]+)'");
  private static final Pattern ANY_CALL = Pattern.compile("redis\\.p?call\\(");
  private static final Pattern ATTEMPT = Pattern.compile("attempt\\('([A-Z]+)'");

  @Test
  void theListHasWhatScriptsCallAndNothingElse() throws Exception {
    Set<String> called = new TreeSet<>();
    for (Path script : scripts()) {
      String text = Files.readString(script);
      Set<String> here = matches(CALL, text);
      called.addAll(here);
      boolean probes = script.endsWith("config_check.lua");
      assertThat(count(ANY_CALL, text) - count(CALL, text))
          .as("calls in %s whose command is not in its text", script)
          .isEqualTo(probes ? 1 : 0);
    }
    assertThat(called).isEqualTo(new TreeSet<>(RedisCommands.IN_SCRIPTS));
  }

  @Test
  void theLookAtTheStartTriesEveryCommandOfTheScripts() throws Exception {
    Path configCheck =
        scripts().stream().filter(it -> it.endsWith("config_check.lua")).findAny().get();

    assertThat(matches(ATTEMPT, Files.readString(configCheck)))
        .isEqualTo(new TreeSet<>(RedisCommands.IN_SCRIPTS));
  }

  @Test
  void theDocumentedAccessRulesAreThoseOfTheList() throws Exception {
    assertThat(Files.readString(Path.of("../docs/redis.md")))
        .contains("`" + RedisCommands.rules() + "`, keys `~doorward:*`")
        .contains("`" + RedisCommands.rules(RedisCommands.WITH_DATABASE) + "`")
        .contains("`" + RedisCommands.rules(RedisCommands.IN_CLUSTER).replace("|", "\\|") + "`");
  }

  @Test
  void onlyCommandsOfTheListAreRepeatedFromAnAnswer() {
    assertThat(RedisCommands.namedIn("NOPERM no permissions to run the 'time' command"))
        .contains("TIME");
    assertThat(RedisCommands.namedIn("NOPERM no permissions to run the 'cluster|slots' command"))
        .contains("CLUSTER|SLOTS");
    assertThat(RedisCommands.namedIn("ERR unknown command `HELLO`, with args beginning with: `2`"))
        .contains("HELLO");
    assertThat(RedisCommands.namedIn("ERR unknown command 'xq7', with 'getrange'"))
        .contains("GETRANGE");
    assertThat(RedisCommands.namedIn("ERR unknown command 'xq7'")).isEmpty();
  }

  private static Set<String> matches(Pattern pattern, String text) {
    Set<String> all = new TreeSet<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      all.add(matcher.group(1));
    }
    return all;
  }

  private static long count(Pattern pattern, String text) {
    return pattern.matcher(text).results().count();
  }

  private static Set<Path> scripts() throws Exception {
    URI one = Objects.requireNonNull(RedisStores.class.getResource("entry.lua")).toURI();
    try (Stream<Path> all = Files.list(Path.of(one).getParent())) {
      return Set.copyOf(all.filter(path -> path.toString().endsWith(".lua")).toList());
    }
  }
}
