package io.doorward.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.AuthService;
import io.doorward.auth.testkit.TestSecrets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs what docs/start.md shows of curl, and compares what it prints. */
final class CurlIT {
  private static final Path PAGE = Path.of("../docs/start.md");
  private static final Pattern BLOCK =
      Pattern.compile("(?s)<!-- CurlIT -->\\n```\\n(.*?)```\\n<!-- end -->");
  private static final Pattern PASSWORD = Pattern.compile("\"password\": \"([^\"]+)\"");
  private static final String PORT = "localhost:8080";
  private static final String END = "-- end of an answer --";

  @Test
  void thePageShowsWhatCurlPrints(@TempDir Path directory) throws Exception {
    String block = shown();
    Matcher password = PASSWORD.matcher(block);
    assertThat(password.find()).isTrue();
    TestSecrets.record(password.group(1));

    List<String> printed;
    try (Servers servers = Servers.start();
        AuthService auth = ExampleSite.service(servers);
        ExampleSite site = ExampleSite.start(auth, 0)) {
      printed = run(block.replace(PORT, site.uri().getAuthority()), directory);
    }

    List<String> promised = promised(block);
    assertThat(printed).hasSameSizeAs(promised).hasSizeGreaterThan(5);
    for (int i = 0; i < promised.size(); i++) {
      assertThat(printed.get(i)).matches(anythingForDots(promised.get(i)));
    }
  }

  private static String shown() throws IOException {
    Matcher block = BLOCK.matcher(Files.readString(PAGE));
    assertThat(block.find()).as("the block of %s", PAGE).isTrue();
    assertThat(block.group(1)).contains(PORT);
    return block.group(1);
  }

  /** What stands behind each line with curl; nothing where nothing is printed. */
  private static List<String> promised(String block) {
    return block
        .lines()
        .filter(CurlIT::isCall)
        .map(line -> line.contains(" # ") ? line.substring(line.indexOf(" # ") + 3) : "")
        .toList();
  }

  private static Pattern anythingForDots(String promise) {
    return Pattern.compile(
        Arrays.stream(promise.split("\\.\\.\\.", -1)).map(Pattern::quote).collect(joining(".*")),
        Pattern.DOTALL);
  }

  /** Runs the lines in one shell, as a reader does, and returns what each call printed. */
  private static List<String> run(String block, Path directory)
      throws IOException, InterruptedException {
    List<String> script = new ArrayList<>(List.of("set -eu"));
    for (String line : block.lines().toList()) {
      script.add(line);
      if (isCall(line)) {
        script.add("echo '" + END + "'");
      }
    }
    Process shell =
        new ProcessBuilder("sh", "-c", String.join("\n", script))
            .directory(directory.toFile())
            .redirectError(directory.resolve("progress").toFile())
            .start();
    String printed = new String(shell.getInputStream().readAllBytes(), UTF_8);
    assertThat(shell.waitFor()).as(printed).isZero();
    String[] answers = printed.split(Pattern.quote(END) + "\n", -1);
    return List.of(answers).subList(0, answers.length - 1);
  }

  private static boolean isCall(String line) {
    return line.startsWith("curl ");
  }
}
