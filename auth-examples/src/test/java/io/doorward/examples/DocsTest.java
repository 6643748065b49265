package io.doorward.examples;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documentation shows is compiled, and where it points there is something. */
final class DocsTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path README = ROOT.resolve("README.md");
  private static final Pattern JAVA_BLOCK = Pattern.compile("(?ms)^```java\\n(.*?)^```");
  private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)(#[^):]*)?\\)");

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
  void theReadmeLinksEveryPage() throws IOException {
    String readme = Files.readString(README);
    for (Path page : pages()) {
      if (!page.equals(README)) {
        assertThat(readme)
            .contains("(" + ROOT.relativize(page).toString().replace('\\', '/') + ")");
      }
    }
  }

  @Test
  void everyLinkLeadsToAFile() throws IOException {
    for (Path page : pages()) {
      for (String link : links(page)) {
        assertThat(page.resolveSibling(link))
            .as("where %s of %s leads", link, ROOT.relativize(page))
            .exists();
      }
    }
  }

  @Test
  void blocksLinksAndPagesAreFound() throws IOException {
    assertThat(javaBlocks(README)).hasSizeGreaterThanOrEqualTo(3);
    assertThat(links(README)).hasSizeGreaterThanOrEqualTo(10);
    assertThat(pages()).hasSizeGreaterThanOrEqualTo(7);
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> top = Files.list(ROOT);
        Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
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

  private static List<String> links(Path page) throws IOException {
    return LINK.matcher(Files.readString(page)).results().map(link -> link.group(1)).toList();
  }

  /** Lines without indentation and double spaces; empty ones are left out. */
  private static List<String> lines(String text) {
    return text.lines()
        .map(line -> line.strip().replaceAll("\\s+", " "))
        .filter(line -> !line.isEmpty())
        .toList();
  }
}
