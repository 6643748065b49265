package io.doorward.auth.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RoleModelTest {
  /** Admins include editors, who include readers; auditors stand beside them. */
  private static final RoleModel MODEL =
      RoleModel.builder()
          .role("admin")
          .includes("editor")
          .grants("user:*")
          .role("editor")
          .includes("reader")
          .grants("article:write", "article:publish")
          .role("reader")
          .grants("article:read")
          .role("auditor")
          .grants("log:read")
          .build();

  @Test
  void aRoleHasWhatItIncludesAtAnyDepth() {
    assertThat(MODEL.effectiveRoles(Set.of("admin")))
        .containsExactlyInAnyOrder("admin", "editor", "reader");
    assertThat(MODEL.permissions(Set.of("admin")))
        .containsExactlyInAnyOrder("user:*", "article:write", "article:publish", "article:read");
    assertThat(MODEL.hasRole(Set.of("admin"), "reader")).isTrue();
    assertThat(MODEL.hasPermission(Set.of("admin"), "article:read")).isTrue();
  }

  @Test
  void anIncludedRoleDoesNotHaveWhatIncludesIt() {
    assertThat(MODEL.hasRole(Set.of("reader"), "editor")).isFalse();
    assertThat(MODEL.hasPermission(Set.of("reader"), "article:write")).isFalse();
    assertThat(MODEL.hasRole(Set.of("admin"), "auditor")).isFalse();
    assertThat(MODEL.hasPermission(Set.of("admin"), "log:read")).isFalse();
  }

  @Test
  void severalRolesHaveWhatEachOfThemHas() {
    Set<String> both = Set.of("reader", "auditor");

    assertThat(MODEL.effectiveRoles(both)).isEqualTo(both);
    assertThat(MODEL.permissions(both)).containsExactlyInAnyOrder("article:read", "log:read");
    assertThat(MODEL.hasPermission(both, "log:read")).isTrue();
    assertThat(MODEL.hasPermission(both, "article:read")).isTrue();
  }

  @Test
  void twoWaysToOneRoleAreNoCircle() {
    RoleModel diamond =
        RoleModel.builder()
            .role("top")
            .includes("left", "right")
            .role("left")
            .includes("bottom")
            .role("right")
            .includes("bottom")
            .role("bottom")
            .grants("x:read")
            .build();

    assertThat(diamond.effectiveRoles(Set.of("top")))
        .containsExactlyInAnyOrder("top", "left", "right", "bottom");
    assertThat(diamond.hasPermission(Set.of("top"), "x:read")).isTrue();
  }

  @Test
  void aRoleThatIsNotInTheModelGrantsNothing() {
    Set<String> unknown = Set.of("root");

    assertThat(MODEL.hasRole(unknown, "root")).isTrue();
    assertThat(MODEL.effectiveRoles(unknown)).isEqualTo(unknown);
    assertThat(MODEL.hasRole(unknown, "reader")).isFalse();
    assertThat(MODEL.permissions(unknown)).isEmpty();
    assertThat(MODEL.hasPermission(unknown, "article:read")).isFalse();
  }

  @Test
  void noRoleHasNothing() {
    assertThat(MODEL.effectiveRoles(Set.of())).isEmpty();
    assertThat(MODEL.permissions(Set.of())).isEmpty();
    assertThat(MODEL.hasRole(Set.of(), "reader")).isFalse();
    assertThat(MODEL.hasPermission(Set.of(), "article:read")).isFalse();
  }

  @Test
  void withoutAModelEveryPermissionIsDenied() {
    RoleModel none = RoleModel.none();

    assertThat(none.hasRole(Set.of("admin"), "admin")).isTrue();
    assertThat(none.hasRole(Set.of("admin"), "editor")).isFalse();
    assertThat(none.hasPermission(Set.of("admin"), "article:read")).isFalse();
    assertThat(RoleModel.builder().build()).isSameAs(none);
  }

  @Test
  void rolesAndPermissionsAreComparedExactly() {
    assertThat(MODEL.hasRole(Set.of("admin"), "Reader")).isFalse();
    assertThat(MODEL.hasPermission(Set.of("Admin"), "article:read")).isFalse();
    assertThat(MODEL.hasPermission(Set.of("admin"), "Article:read")).isFalse();
    assertThat(MODEL.hasPermission(Set.of("admin"), "article:rea")).isFalse();
    assertThat(MODEL.hasPermission(Set.of("admin"), "article:read:all")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "user:read, true",
    "user:a:b:c, true",
    "user, false",
    "users:read, false",
    "User:read, false",
    "user:, false",
    "user:*, false",
    "user::x, false"
  })
  void aWildcardCoversWhatIsBelowItAndNothingElse(String permission, boolean granted) {
    assertThat(MODEL.hasPermission(Set.of("admin"), permission)).isEqualTo(granted);
  }

  @Test
  void aWildcardMayStandAtAnyDepth() {
    RoleModel model = RoleModel.builder().role("a").grants("shop:order:*").build();

    assertThat(model.hasPermission(Set.of("a"), "shop:order:read")).isTrue();
    assertThat(model.hasPermission(Set.of("a"), "shop:customer:read")).isFalse();
    assertThat(model.hasPermission(Set.of("a"), "shop:order")).isFalse();
  }

  @Test
  void anAsteriskAloneGrantsEveryPermissionAndNoRole() {
    RoleModel model = RoleModel.builder().role("root").grants("*").role("admin").build();
    Set<String> root = Set.of("root");

    assertThat(model.hasPermission(root, "article:read")).isTrue();
    assertThat(model.hasPermission(root, "anything")).isTrue();
    assertThat(model.hasRole(root, "admin")).isFalse();
    assertThat(model.permissions(root)).containsExactly("*");
    assertThat(model.hasPermission(Set.of("admin"), "article:read")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "*", "a:*", "a b", "ä:read", ":a", "a:", "a::b", "a\nb", "a,b"})
  void whatIsNoPermissionIsGrantedToNobody(String text) {
    RoleModel model = RoleModel.builder().role("root").grants("*").build();

    assertThat(RoleModel.isPermission(text)).isFalse();
    assertThat(model.hasPermission(Set.of("root"), text)).isFalse();
  }

  @Test
  void aPermissionHasUpTo64Characters() {
    String longest = "a:" + "x".repeat(62);
    RoleModel model = RoleModel.builder().role("a").grants(longest).build();

    assertThat(RoleModel.isPermission(longest)).isTrue();
    assertThat(model.hasPermission(Set.of("a"), longest)).isTrue();
    assertThat(RoleModel.isPermission(longest + "x")).isFalse();
    assertThat(RoleModel.isPermission("read_all-2.0")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a b",
        "a:",
        ":a",
        "a::b",
        "**",
        "a*",
        "a:b*",
        "*:read",
        "a:*:b",
        "a:**",
        ":*",
        "a::*",
        "ä",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx:*"
      })
  void aGrantOfAnotherFormIsRefused(String granted) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RoleModel.builder().role("a").grants(granted))
        .withMessage(
            "grants must be like article:read, article:* or *: 1 to 64 characters, parts of"
                + " A-Z a-z 0-9 _ - . with colons between them, was \"%s\"",
            granted);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a,b", "ä", "*"})
  void aRoleOfAnotherFormIsRefused(String role) {
    String rule = " must be 1 to 64 characters of A-Z a-z 0-9 _ - . :, was \"" + role + '"';

    assertThatIllegalArgumentException()
        .isThrownBy(() -> RoleModel.builder().role(role))
        .withMessage("role" + rule);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RoleModel.builder().role("a").includes(role))
        .withMessage("includes" + rule);
  }

  @Test
  void aCircleIsRefusedAndShown() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                RoleModel.builder()
                    .role("first")
                    .includes("a")
                    .role("a")
                    .includes("b")
                    .role("b")
                    .includes("c")
                    .role("c")
                    .includes("a")
                    .build())
        .withMessage("includes must not lead in a circle: a -> b -> c -> a");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RoleModel.builder().role("a").includes("a").build())
        .withMessage("includes must not lead in a circle: a -> a");
  }

  @Test
  void anIncludedRoleThatIsNotThereIsRefusedAndNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RoleModel.builder().role("admin").includes("editr").build())
        .withMessage(
            "includes must name roles of the model: admin includes editr, which has no"
                + " role(\"editr\")");
  }

  @Test
  void aRoleIsDescribedOnce() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RoleModel.builder().role("a").role("b").role("a"))
        .withMessage("role must be described once: a");
  }

  @Test
  void whatIsIncludedOrGrantedNeedsARoleBefore() {
    assertThatIllegalStateException()
        .isThrownBy(() -> RoleModel.builder().includes("a"))
        .withMessage("includes must follow role(...)");
    assertThatIllegalStateException()
        .isThrownBy(() -> RoleModel.builder().grants("a"))
        .withMessage("grants must follow role(...)");
  }

  @Test
  void rolesAndPermissionsAreBounded() {
    RoleModel.Builder roles = RoleModel.builder();
    for (int i = 0; i < 256; i++) {
      roles.role("role" + i);
      if (i > 0) {
        roles.includes("role" + (i - 1));
      }
    }
    assertThat(roles.build().effectiveRoles(Set.of("role255"))).hasSize(256);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> roles.role("one-more"))
        .withMessage("roles must be at most 256: one-more");

    RoleModel.Builder permissions = RoleModel.builder().role("a");
    for (int i = 0; i < 1_024; i++) {
      permissions.grants("p" + i);
    }
    assertThat(permissions.role("b").grants("p0").build().permissions(Set.of("a"))).hasSize(1_024);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> permissions.grants("one-more"))
        .withMessage("permissions must be at most 1024: one-more");
  }

  @Test
  void aModelDoesNotChangeWithItsBuilder() {
    RoleModel.Builder builder = RoleModel.builder().role("a").grants("x");
    RoleModel model = builder.build();
    builder.grants("y").role("b");

    assertThat(model.hasPermission(Set.of("a"), "y")).isFalse();
    assertThat(builder.build().hasPermission(Set.of("a"), "y")).isTrue();
  }

  @Test
  void modelsAreComparedByWhatTheySay() {
    RoleModel one = RoleModel.builder().role("a").grants("x", "y").role("b").build();
    RoleModel same = RoleModel.builder().role("b").role("a").grants("y", "x").build();

    assertThat(one).isEqualTo(same).hasSameHashCodeAs(same).hasToString("RoleModel[2 roles]");
    assertThat(one).isNotEqualTo(RoleModel.builder().role("a").grants("x").role("b").build());
    assertThat(one).isNotEqualTo("a");
  }

  @Test
  void whatIsMissingIsRefusedByName() {
    assertThatNullPointerException()
        .isThrownBy(() -> MODEL.hasRole(Set.of("admin"), null))
        .withMessage("role");
    assertThatNullPointerException()
        .isThrownBy(() -> MODEL.hasPermission(Set.of("admin"), null))
        .withMessage("permission");
    assertThatNullPointerException().isThrownBy(() -> MODEL.permissions(null));
  }
}
