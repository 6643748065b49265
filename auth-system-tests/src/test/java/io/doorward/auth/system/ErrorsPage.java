package io.doorward.auth.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** Writes docs/errors.md: names come from {@link ErrorCatalogue}, texts from errors.txt. */
final class ErrorsPage {
  private static final Path FILE = Path.of("..", "docs", "errors.md");
  private static final String TEXTS = "errors.txt";

  /** Begins the names of cases that mean the same in many results. */
  private static final String COMMON = "*.";

  private static final Text AS_ABOVE = new Text("[as in all](#cases-of-many-results)", "");
  private static final String HEAD =
      """
      # Errors and their remedies

      <!-- Written by ErrorsPageTest: change errors.txt in auth-system-tests, not this page. -->

      Everything that Doorward tells a caller, a client or an operator, what it means, and what to do. Search this page for
      the name in your log or answer. A test compares results, codes, reasons, findings, events and start-up messages with the
      code; the message of a refused argument or property says itself what to do.

      | you have | look under |
      |---|---|
      | a value that a method returned | [results](#results) |
      | an answer with `code`, or `error` in the address of a login page | [problems](#problems) |
      | `reason`, `kind` or `budget` in a result, an event or the audit log | [reasons](#reasons) |
      | `Doorward does not start.`, or `operations().health().findings()` | [findings](#findings) |
      | `event=` in the audit log, or a listener | [events](#events) |
      | an exception | [exceptions](#exceptions) |
      """;

  private final Map<String, Text> texts = new LinkedHashMap<>();
  private final Set<String> used = new TreeSet<>();
  private final Set<String> missing = new TreeSet<>();
  private final StringBuilder page = new StringBuilder(HEAD);

  private ErrorsPage() {}

  /** What a name means, and what to do. */
  private record Text(String meaning, String advice) {}

  /** The page, what of the code has no text, and which texts are of nothing in the code. */
  record Written(String page, Set<String> missing, Set<String> unknown) {}

  static Path file() {
    return FILE;
  }

  static Written write() throws Exception {
    ErrorsPage page = new ErrorsPage();
    page.readTexts();
    page.results();
    page.problems();
    page.reasons();
    page.findings();
    page.events();
    page.exceptions();
    Set<String> unknown = new TreeSet<>(page.texts.keySet());
    unknown.removeAll(page.used);
    return new Written(page.page.toString(), page.missing, unknown);
  }

  private void readTexts() throws IOException {
    String all;
    try (InputStream in = requireNonNull(ErrorsPage.class.getResourceAsStream(TEXTS))) {
      all = new String(in.readAllBytes(), UTF_8);
    }
    for (String block : all.split("\n\n", -1)) {
      List<String> lines = block.lines().filter(line -> !line.startsWith("# ")).toList();
      List<String> names =
          lines.stream().filter(line -> line.startsWith("[") && line.endsWith("]")).toList();
      if (!names.isEmpty() && lines.size() != names.size() + 2) {
        throw new AssertionError(TEXTS + ": names, meaning and advice are needed: " + block);
      }
      for (String name : names) {
        Text text = new Text(lines.get(names.size()), lines.get(names.size() + 1));
        if (texts.put(name.substring(1, name.length() - 1), text) != null) {
          throw new AssertionError(TEXTS + ": there twice: " + name);
        }
      }
    }
  }

  private void results() throws Exception {
    page.append(
            "\n## Results\n\nExpected outcomes are values, and each result has all of its cases")
        .append(" here. `Unavailable` is never a no.\n");
    heading("Cases of many results");
    tableHead("case");
    texts.keySet().stream()
        .filter(key -> key.startsWith(COMMON))
        .forEach(key -> row(key, code(key.substring(COMMON.length()))));
    List<Class<?>> types = new ArrayList<>(ErrorCatalogue.results());
    types.sort(byFirstText(type -> type.getSimpleName() + "."));
    for (Class<?> type : types) {
      heading(name(type));
      tableHead("case");
      for (Class<?> one : type.getPermittedSubclasses()) {
        row(type.getSimpleName() + "." + one.getSimpleName(), code(one.getSimpleName()));
      }
    }
  }

  private void problems() throws Exception {
    page.append(
            "\n## Problems\n\nAnswers of the filter and the endpoints: `code` in the JSON body.")
        .append(" After a login by a form the same code is\n`error` in the address of the login")
        .append(" page ([servlets](servlet.md#problems)).\n\n");
    tableHead("status", "code");
    Map<String, Integer> problems = ErrorCatalogue.problems();
    problems.entrySet().stream()
        .sorted(
            Map.Entry.<String, Integer>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
        .forEach(it -> row("problem " + it.getKey(), it.getValue().toString(), code(it.getKey())));
  }

  private void reasons() throws Exception {
    page.append("\n## Reasons\n\nThe callers of a login or a check never learn them: they are in")
        .append(" events, but for those of a `PasswordPolicy`\nand an import.\n");
    List<Class<?>> types = new ArrayList<>(ErrorCatalogue.reasons());
    types.removeAll(ErrorCatalogue.NO_REASONS);
    types.sort(byFirstText(type -> name(type) + "."));
    for (Class<?> type : types) {
      heading(name(type));
      tableHead("reason");
      for (Object constant : type.getEnumConstants()) {
        row(name(type) + "." + constant, code(constant.toString()));
      }
    }
  }

  private void findings() throws IOException {
    page.append("\n## Findings\n\nWhat the inspection of the servers found, at [the start]")
        .append(
            "(outages.md#the-start) and afterwards. A refusal stops the\nstart; a warning is in")
        .append(" the log and in `operations().health().findings()`.\n\n");
    tableHead("finding", "severity");
    ErrorCatalogue.findings()
        .forEach(
            (found, severities) ->
                row("finding " + found, code(found), String.join(" or ", severities)));
  }

  private void events() {
    page.append("\n## Events\n\nWhat a listener receives; [events](events.md) has their components")
        .append(" and levels.\n\n");
    tableHead("event");
    List<Class<?>> events = new ArrayList<>(ErrorCatalogue.events());
    events.sort(byFirstText(type -> "event " + type.getSimpleName()));
    for (Class<?> event : events) {
      row("event " + event.getSimpleName(), code(event.getSimpleName()));
    }
  }

  private void exceptions() throws IOException {
    page.append(
        """

        ## Exceptions

        | type | means | what to do |
        |---|---|---|
        | `IllegalArgumentException` | an argument or an option is out of its range; the message is parameter, rule, value | correct it; it is the application's |
        | `NullPointerException` | an argument is null that must not be; the message is its name | correct it |
        | `IllegalStateException` | a call at the wrong time, or a start that cannot be | look for the message below |
        | `StoreException` | a backend could not answer: only callers of stores see it, the service answers `Unavailable` | look at its [kind](#storeexceptionkind) |
        """);
    page.append("\n### Messages of IllegalStateException\n\nWhat varies is `...` here.\n\n");
    tableHead("message");
    for (String message : ErrorCatalogue.messages()) {
      row("message " + message, code(message));
    }
  }

  private static String name(Class<?> type) {
    Class<?> outer = type.getEnclosingClass();
    boolean isNameEnough = outer == null || type.getSimpleName().endsWith("Result");
    return isNameEnough ? type.getSimpleName() : outer.getSimpleName() + "." + type.getSimpleName();
  }

  /** Orders types as their texts come: what most readers look for is first. */
  private Comparator<Class<?>> byFirstText(Function<Class<?>, String> start) {
    List<String> names = List.copyOf(texts.keySet());
    return Comparator.<Class<?>>comparingInt(type -> first(names, start.apply(type)))
        .thenComparing(Class::getName);
  }

  private static int first(List<String> names, String start) {
    int i = 0;
    while (i < names.size() && !names.get(i).startsWith(start)) {
      i++;
    }
    return i;
  }

  private void heading(String text) {
    page.append("\n### ").append(text).append("\n\n");
  }

  private void tableHead(String... columns) {
    page.append("| ").append(String.join(" | ", columns)).append(" | means | what to do |\n");
    page.append("|---".repeat(columns.length + 2)).append("|\n");
  }

  private void row(String key, String... cells) {
    String common = COMMON + key.substring(key.lastIndexOf('.') + 1);
    Text text = texts.get(key);
    if (text == null && texts.containsKey(common)) {
      used.add(common);
      text = AS_ABOVE;
    } else if (text == null) {
      missing.add(key);
      return;
    } else if (!key.startsWith(COMMON)) {
      used.add(key);
    }
    page.append("| ").append(String.join(" | ", cells)).append(" | ");
    page.append(text.meaning()).append(" | ").append(text.advice()).append(" |\n");
  }

  private static String code(String text) {
    return "`" + text + "`";
  }
}
