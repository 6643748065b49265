package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** The list of versions that applications import says what is published, and nothing else. */
class BomTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final String MANAGED = "/project/dependencyManagement/dependencies/dependency/";

  private final Document bom = pom("doorward-bom");

  @Test
  void everyPublishedModuleIsListed() {
    List<String> published = new ArrayList<>();
    for (String module : texts(pom("."), "/project/modules/module")) {
      Document pom = pom(module);
      boolean isJar = texts(pom, "/project/packaging").isEmpty();
      if (isJar && !texts(pom, "/project/properties/maven.deploy.skip").contains("true")) {
        published.addAll(texts(pom, "/project/artifactId"));
      }
    }

    assertThat(published).contains("auth-core", "doorward").doesNotContain("auth-examples");
    assertThat(texts(bom, MANAGED + "artifactId"))
        .as("dependencyManagement of doorward-bom/pom.xml")
        .containsExactlyInAnyOrderElementsOf(published)
        .isSorted();
  }

  @Test
  void allHaveTheVersionOfTheRelease() {
    assertThat(texts(bom, "/project/version"))
        .isEqualTo(texts(pom("."), "/project/version"))
        .hasSize(1);
    assertThat(texts(bom, MANAGED + "version")).containsOnly("${project.version}");
    assertThat(texts(bom, MANAGED + "groupId")).containsOnly("io.doorward");
  }

  @Test
  void itSaysOfItselfWhatTheParentSays() {
    for (String path :
        List.of("organization/name", "licenses/license/url", "developers/developer/name")) {
      assertThat(texts(bom, "/project/" + path))
          .as(path)
          .isEqualTo(texts(pom("."), "/project/" + path))
          .isNotEmpty();
    }
    // A release needs both; they are in neither yet.
    for (String path : List.of("url", "scm/url")) {
      assertThat(texts(bom, "/project/" + path))
          .as(path)
          .isEqualTo(texts(pom("."), "/project/" + path));
    }
  }

  @Test
  void itsPluginsHaveTheVersionsOfTheParent() {
    String plugins = "/project/build/pluginManagement/plugins/plugin";
    List<String> names = texts(bom, plugins + "/artifactId");
    assertThat(names).contains("spotless-maven-plugin");
    for (String name : names) {
      String version = plugins + "[artifactId='" + name + "']/version";
      assertThat(texts(bom, version)).as(name).isEqualTo(texts(pom("."), version)).hasSize(1);
    }
  }

  @Test
  void itBringsNoVersionOfAnotherLibrary() {
    assertThat(texts(bom, "/project/parent")).isEmpty();
    assertThat(texts(bom, MANAGED + "scope")).isEmpty();
  }

  private static Document pom(String module) {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      return factory.newDocumentBuilder().parse(ROOT.resolve(module).resolve("pom.xml").toFile());
    } catch (Exception e) {
      throw new IllegalStateException("the pom.xml of " + module + " cannot be read", e);
    }
  }

  private static List<String> texts(Document pom, String path) {
    try {
      XPath xpath = XPathFactory.newInstance().newXPath();
      NodeList nodes = (NodeList) xpath.evaluate(path, pom, XPathConstants.NODESET);
      List<String> texts = new ArrayList<>();
      for (int i = 0; i < nodes.getLength(); i++) {
        texts.add(nodes.item(i).getTextContent().strip());
      }
      return texts;
    } catch (Exception e) {
      throw new IllegalStateException(path + " cannot be looked for", e);
    }
  }
}
