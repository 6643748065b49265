package io.doorward.examples.howto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.testkit.TestSecrets;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Sends the requests that a page shows ({@code http} blocks that begin with a method) and compares
 * the answers with those that it shows (blocks that begin with {@code HTTP/1.1}). Dots stand for
 * any text in an answer; in a request, for what an earlier answer had there: the cookie of that
 * name, the access token behind {@code Bearer}, the member of that name in JSON, the last {@code
 * id} at the end of a path.
 */
final class HttpPage {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```http\\n(.*?)^```");
  private static final Pattern MEMBER = Pattern.compile("\"(\\w+)\": ?\"([^\"]*)\"");
  private static final Pattern COOKIE = Pattern.compile("(__Host-[\\w-]+)=\\.\\.\\.");
  private static final String DOTS = "...";

  private final URI application;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Map<String, String> cookies = new HashMap<>();
  private final Map<String, String> members = new HashMap<>();
  private int sent;

  private HttpPage(URI application) {
    this.application = application;
  }

  /** Walks a page and returns how many requests it has. */
  static int walk(Path page, URI application) throws IOException, InterruptedException {
    HttpPage walk = new HttpPage(application);
    HttpResponse<String> answer = null;
    for (String block : blocks(page)) {
      if (block.startsWith("HTTP/1.1 ")) {
        assertThat(answer).as("the request before %s", block).isNotNull();
        compare(block, answer);
        answer = null;
      } else {
        assertThat(answer).as("a page shows the answer to each request: %s", block).isNull();
        answer = walk.send(block);
      }
    }
    assertThat(answer).as("an answer to the last request").isNull();
    return walk.sent;
  }

  static List<String> blocks(Path page) throws IOException {
    return BLOCK
        .matcher(Files.readString(page))
        .results()
        .map(block -> block.group(1).strip())
        .toList();
  }

  private HttpResponse<String> send(String block) throws IOException, InterruptedException {
    sent++;
    String head = head(block);
    String body = members(body(block));
    String[] line = head.lines().findFirst().orElseThrow().split(" ", -1);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(application.resolve(path(line[1])))
            .method(
                line[0],
                body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body, UTF_8));
    head.lines()
        .skip(1)
        .map(header -> header.split(": ", 2))
        .forEach(header -> request.header(header[0], value(header[1])));
    HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString(UTF_8));
    remember(answer);
    return answer;
  }

  private String path(String shown) {
    return shown.endsWith("/" + DOTS)
        ? shown.replace(DOTS, members.getOrDefault("id", DOTS))
        : shown;
  }

  private String value(String shown) {
    Matcher cookie = COOKIE.matcher(shown);
    return cookie
        .replaceAll(it -> Matcher.quoteReplacement(it.group(1) + "=" + known(cookies, it)))
        .replace("Bearer ...", "Bearer " + members.getOrDefault("accessToken", DOTS));
  }

  private String members(String body) {
    return MEMBER
        .matcher(body)
        .replaceAll(
            it ->
                Matcher.quoteReplacement(
                    it.group(2).equals(DOTS)
                        ? "\"" + it.group(1) + "\": \"" + known(members, it) + "\""
                        : it.group()));
  }

  private static String known(Map<String, String> values, MatchResult shown) {
    assertThat(values).as("what earlier answers have").containsKey(shown.group(1));
    return values.get(shown.group(1));
  }

  private void remember(HttpResponse<String> answer) {
    for (String cookie : answer.headers().allValues("Set-Cookie")) {
      String[] pair = cookie.split(";", 2)[0].split("=", 2);
      cookies.put(pair[0], pair[1]);
      if (!pair[1].isEmpty()) {
        TestSecrets.record(pair[1]);
      }
    }
    MEMBER.matcher(answer.body()).results().forEach(it -> members.put(it.group(1), it.group(2)));
    for (String secret : List.of("accessToken", "refreshToken", "deviceCookie")) {
      if (members.containsKey(secret)) {
        TestSecrets.record(members.get(secret));
      }
    }
  }

  private static void compare(String shown, HttpResponse<String> answer) {
    List<String> lines = new ArrayList<>(head(shown).lines().toList());
    assertThat(lines.remove(0)).isEqualTo("HTTP/1.1 " + answer.statusCode());
    List<String> headers =
        answer.headers().map().entrySet().stream()
            .flatMap(all -> all.getValue().stream().map(one -> all.getKey() + ": " + one))
            .toList();
    for (String line : lines) {
      assertThat(headers)
          .as("the headers of the answer to %s", answer.request())
          .anyMatch(header -> header.matches("(?i)" + pattern(line)));
    }
    String body = body(shown);
    if (!body.isEmpty()) {
      assertThat(plain(answer.body())).matches(pattern(plain(body)));
    }
  }

  /** JSON without the blanks that make it readable. */
  private static String plain(String body) {
    return body.replaceAll("(?<=[,:{]|\\.\\.\\.)\\s+", "");
  }

  private static String pattern(String shown) {
    return Pattern.compile(DOTS, Pattern.LITERAL)
        .splitAsStream(shown)
        .map(Pattern::quote)
        .collect(Collectors.joining(".*", "(?s)", shown.endsWith(DOTS) ? ".*" : ""));
  }

  private static String head(String block) {
    return block.split("\n\n", 2)[0];
  }

  private static String body(String block) {
    String[] parts = block.split("\n\n", 2);
    return parts.length == 1 ? "" : parts[1];
  }
}
