package io.doorward.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.servlet.AccessRules.Access;
import io.doorward.auth.servlet.AccessRules.Who;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessRulesTest {
  @Test
  void withoutARuleNobodyGetsAnywhere() {
    AccessRules none = AccessRules.builder().build();
    assertThat(none.decide("GET", "/")).isEqualTo(Access.DENIED);
    assertThat(none.decide("GET", "/auth/login")).isEqualTo(Access.DENIED);
  }

  @Test
  void theFirstRuleThatMatchesDecides() {
    AccessRules rules =
        AccessRules.builder()
            .path("/a/b")
            .permitAll()
            .path("/a/secret/**")
            .denyAll()
            .path("/a/home")
            .optional()
            .path("/a/**")
            .authenticated()
            .path("/**")
            .role("ADMIN")
            .build();
    assertThat(rules.decide("GET", "/a/b")).isEqualTo(Access.PERMITTED);
    assertThat(rules.decide("GET", "/a/b/")).isEqualTo(Access.PERMITTED);
    assertThat(rules.decide("GET", "/a/home")).isEqualTo(Access.OPTIONAL);
    assertThat(rules.decide("GET", "/a/b/c")).isEqualTo(Access.AUTHENTICATED);
    assertThat(rules.decide("GET", "/a")).isEqualTo(Access.AUTHENTICATED);
    assertThat(rules.decide("GET", "/a/secret")).isEqualTo(Access.DENIED);
    assertThat(rules.decide("GET", "/a/secret/x")).isEqualTo(Access.DENIED);
    assertThat(rules.decide("GET", "/ab").who()).isEqualTo(Who.IN_ROLE);
    assertThat(rules.decide("GET", "/").anyOf()).containsExactly("ADMIN");
  }

  @Test
  void aRuleForSomeMethodsLeavesTheOthersToTheNext() {
    AccessRules rules =
        AccessRules.builder()
            .path("/x")
            .methods("GET", "REPORT")
            .permitAll()
            .path("/x")
            .authenticated()
            .build();
    assertThat(rules.decide("GET", "/x")).isEqualTo(Access.PERMITTED);
    assertThat(rules.decide("HEAD", "/x")).isEqualTo(Access.PERMITTED);
    assertThat(rules.decide("POST", "/x")).isEqualTo(Access.AUTHENTICATED);
    assertThat(rules.knows("REPORT")).isTrue();
    assertThat(rules.knows("report")).isFalse();
    assertThat(rules.knows("TRACE")).isFalse();
    assertThat(rules.allow()).contains("REPORT");
  }

  @Test
  void anErrorPageIsDecidedByARuleForAnotherMethodToo() {
    AccessRules rules =
        AccessRules.builder()
            .path("/error")
            .methods("GET")
            .permitAll()
            .path("/error")
            .methods("PUT")
            .authenticated()
            .path("/staff/**")
            .methods("GET")
            .role("ADMIN")
            .build();
    assertThat(rules.names("/error/")).isTrue();
    assertThat(rules.names("/staff/error")).isTrue();
    assertThat(rules.names("/x")).isFalse();
    assertThat(rules.decideErrorPage("POST", "/error")).isEqualTo(Access.PERMITTED);
    assertThat(rules.decideErrorPage("PUT", "/error/")).isEqualTo(Access.AUTHENTICATED);
    assertThat(rules.decideErrorPage("POST", "/staff/error").anyOf()).containsExactly("ADMIN");
    assertThat(rules.decide("POST", "/error")).isEqualTo(Access.DENIED);
  }

  @Test
  void theRootIsAPathOfItsOwn() {
    AccessRules rules = AccessRules.builder().path("/").permitAll().build();
    assertThat(rules.decide("GET", "/")).isEqualTo(Access.PERMITTED);
    assertThat(rules.decide("GET", "/x")).isEqualTo(Access.DENIED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "admin",
        "*",
        "**",
        "/*",
        "/admin/*",
        "/admin**",
        "/**/admin",
        "/admin/",
        "/a//b",
        "/a/../b",
        "/a/./b",
        "/a;b",
        "/a%2fb",
        "/a\\b",
        "/a\nb",
        "//**",
        "/admin/**/",
        "/a/***"
      })
  void aPatternThatIsNotPlainIsRefused(String pattern) {
    AccessRules.Builder builder = AccessRules.builder();
    assertThatThrownBy(() -> builder.path(pattern))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("patterns must be a plain path");
  }

  @ParameterizedTest
  @ValueSource(strings = {"get", "Get", "", "*", "TRACE", "TRACK", "CONNECT", "GET,POST", "G T"})
  void aMethodThatIsRefusedEverywhereCannotBeNamed(String method) {
    AccessRules.Path path = AccessRules.builder().path("/x");
    assertThatThrownBy(() -> path.methods(method)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aRuleMustSayWhoIsAdmittedAndOnlyOnce() {
    AccessRules.Builder open = AccessRules.builder();
    AccessRules.Path path = open.path("/x");
    assertThatThrownBy(open::build).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> open.path("/y")).isInstanceOf(IllegalStateException.class);
    path.permitAll();
    assertThatThrownBy(path::denyAll).isInstanceOf(IllegalStateException.class);
    assertThat(open.build().decide("GET", "/x")).isEqualTo(Access.PERMITTED);
  }

  @Test
  void emptyListsAreRefused() {
    AccessRules.Builder builder = AccessRules.builder();
    assertThatThrownBy(() -> builder.path()).isInstanceOf(IllegalArgumentException.class);
    AccessRules.Path path = builder.path("/x");
    assertThatThrownBy(() -> path.methods()).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> path.anyRole()).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> path.role(" ")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> path.anyPermission())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("permissions must be at least one");
  }

  @Test
  void aRuleAsksForOneOfSomePermissions() {
    AccessRules rules =
        AccessRules.builder()
            .path("/articles/**")
            .methods("GET")
            .permission("article:read")
            .path("/articles/**")
            .anyPermission("article:write", "article:publish")
            .build();
    assertThat(rules.decide("GET", "/articles/1"))
        .isEqualTo(new Access(Who.PERMITTED_TO, Set.of("article:read")));
    assertThat(rules.decide("PUT", "/articles/1").anyOf())
        .containsExactlyInAnyOrder("article:write", "article:publish");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "*", "article:*", "article:", ":read", "a::b", "article read"})
  void whatIsNoPermissionIsRefused(String permission) {
    AccessRules.Path path = AccessRules.builder().path("/x");
    assertThatThrownBy(() -> path.anyPermission("article:read", permission))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("permissions must be like article:read, without a wildcard: " + permission);
  }
}
