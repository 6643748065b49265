package io.doorward.examples;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documentation shows is compiled, and where it points there is something. */
final class DocsTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path README = ROOT.resolve("README.md");
  private static final Pattern JAVA_BLOCK = Pattern.compile("(?ms)^```java\\n(.*?)^```");
  private static final Path DOCS = ROOT.resolve("docs");
  private static final Path INDEX = DOCS.resolve("README.md");

  /** Not of code, and not of another site. */
  private static final Pattern LINK = Pattern.compile("]\\(([^)#:\\s]*)(?:#([^):\\s]*))?\\)");

  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} (.*)$");
  private static final Pattern CODE_BLOCK = Pattern.compile("(?ms)^```.*?^```");

  @Test
  void everyJavaBlockIsPartOfACompiledFile() throws IOException {
    List<List<String>> sources = new ArrayList<>();
    for (Path file : javaFiles()) {
      sources.add(lines(Files.readString(file)));
    }
    for (Path page : pages()) {
      for (String block : javaBlocks(page)) {
        List<String> shown = lines(block);
        assertThat(sources)
            .withFailMessage(
                "%s shows Java that is in no .java file of the repository, line for line. Put it"
                    + " into auth-examples/src/test/java/io/doorward/examples/pages:%n%s",
                ROOT.relativize(page), block)
            .anyMatch(source -> Collections.indexOfSubList(source, shown) >= 0);
      }
    }
  }

  @Test
  void theReadmeQuotesAllOfFirstLoginInTwelveLines() throws IOException {
    String source =
        Files.readString(
            ROOT.resolve("auth-examples/src/main/java/io/doorward/examples/FirstLogin.java"));
    String head = "public static void main(String[] args) {\n";
    String body =
        source
            .substring(source.indexOf(head) + head.length(), source.indexOf("\n  }\n}"))
            .lines()
            .map(line -> line.substring(4) + "\n")
            .collect(joining());

    assertThat(body.lines()).hasSizeBetween(5, 12);
    assertThat(Files.readString(README))
        .contains("<!-- FirstLogin.main -->\n```java\n" + body + "```\n<!-- end -->");
  }

  @Test
  void theReadmeQuotesTheFourImportsOfFirstLogin() throws IOException {
    String imports =
        Files.readString(
                ROOT.resolve("auth-examples/src/main/java/io/doorward/examples/FirstLogin.java"))
            .lines()
            .filter(line -> line.startsWith("import "))
            .map(line -> line + "\n")
            .collect(joining());

    assertThat(imports.lines()).hasSizeLessThanOrEqualTo(4);
    assertThat(Files.readString(README))
        .contains("<!-- FirstLogin.imports -->\n```java\n" + imports + "```\n<!-- end -->");
  }

  @Test
  void theIndexLinksEveryPageAndTheReadmeTheIndex() throws IOException {
    Set<Path> listed = new HashSet<>();
    for (Link link : links(INDEX)) {
      listed.add(link.target());
    }
    for (Path page : pages()) {
      if (page.startsWith(DOCS) && !page.equals(INDEX)) {
        assertThat(listed).as("what docs/README.md links").contains(page);
      }
    }
    assertThat(links(README)).extracting(Link::target).contains(INDEX);
  }

  @Test
  void everyLinkLeadsToAFileAndToAHeadingInIt() throws IOException {
    for (Path page : pages()) {
      for (Link link : links(page)) {
        assertThat(link.target()).as("where %s leads", link).exists();
        if (!link.anchor().isEmpty()) {
          assertThat(anchors(link.target())).as("where %s leads", link).contains(link.anchor());
        }
      }
    }
  }

  @Test
  void howToPagesHaveEightyLinesAtMost() throws IOException {
    for (Path page : pages()) {
      if (page.startsWith(DOCS.resolve("howto"))) {
        assertThat(Files.readString(page).lines()).as("%s", page).hasSizeLessThanOrEqualTo(80);
      }
    }
  }

  /** A row of a table cannot be broken, and what a program printed is shown as it is. */
  @Test
  void otherLinesHave120ColumnsAtMost() throws IOException {
    for (Path page : pages()) {
      assertThat(Files.readString(page).lines())
          .as("%s", ROOT.relativize(page))
          .filteredOn(line -> !line.startsWith("|") && !line.startsWith("[ok] "))
          .allMatch(line -> line.codePointCount(0, line.length()) <= 120);
    }
  }

  @Test
  void anchorsAreMadeAsTheHostOfTheRepositoryDoes() {
    assertThat(anchor("Known devices")).isEqualTo("known-devices");
    assertThat(anchor("`GET /me`, and *more* (CORS)")).isEqualTo("get-me-and-more-cors");
    assertThat(anchor("[Keys](keys.md) of all_nodes - two")).isEqualTo("keys-of-all_nodes---two");
  }

  @Test
  void blocksLinksAndPagesAreFound() throws IOException {
    assertThat(javaBlocks(README)).hasSizeGreaterThanOrEqualTo(3);
    assertThat(links(README)).hasSizeGreaterThanOrEqualTo(10);
    assertThat(links(README)).anyMatch(link -> !link.anchor().isEmpty());
    assertThat(pages()).hasSizeGreaterThanOrEqualTo(36).contains(INDEX, README);
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> top = Files.list(ROOT);
        Stream<Path> docs = Files.walk(DOCS)) {
      return Stream.concat(top, docs).filter(file -> file.toString().endsWith(".md")).toList();
    }
  }

  private static List<Path> javaFiles() throws IOException {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> top = Files.list(ROOT)) {
      for (Path sources : top.map(it -> it.resolve("src")).filter(Files::isDirectory).toList()) {
        try (Stream<Path> all = Files.walk(sources)) {
          all.filter(file -> file.toString().endsWith(".java")).forEach(files::add);
        }
      }
    }
    return files;
  }

  private static List<String> javaBlocks(Path page) throws IOException {
    return JAVA_BLOCK
        .matcher(Files.readString(page))
        .results()
        .map(block -> block.group(1))
        .toList();
  }

  private static List<Link> links(Path page) throws IOException {
    return LINK.matcher(withoutCode(page))
        .results()
        .map(
            link ->
                new Link(
                    page,
                    link.group(1).isEmpty() ? page : page.resolveSibling(link.group(1)).normalize(),
                    link.group(2) == null ? "" : link.group(2)))
        .toList();
  }

  private static Set<String> anchors(Path page) throws IOException {
    Set<String> anchors = new HashSet<>();
    HEADING.matcher(withoutCode(page)).results().forEach(it -> anchors.add(anchor(it.group(1))));
    return anchors;
  }

  /** Lower case, without what is no letter, digit, underscore or hyphen; blanks are hyphens. */
  private static String anchor(String heading) {
    return heading
        .replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1")
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N}_ -]", "")
        .replace(' ', '-');
  }

  private static String withoutCode(Path page) throws IOException {
    return CODE_BLOCK.matcher(Files.readString(page)).replaceAll("");
  }

  /** Lines without indentation and double spaces; empty ones are left out. */
  private static List<String> lines(String text) {
    return text.lines()
        .map(line -> line.strip().replaceAll("\\s+", " "))
        .filter(line -> !line.isEmpty())
        .toList();
  }

  /** A link of one page to a heading, or to nothing in particular, of a page or a file. */
  private record Link(Path from, Path target, String anchor) {}
}
