package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.doorward.auth.Admin.AccountChangeResult;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.Roles.RoleChangeResult;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordPolicy.Refusal;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionOptions;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes in over-long, malformed or hostile is refused by type, and nothing is written. */
@Tag("jdk")
class BadInputIT {
  private static Application application;
  private static Node node;
  private static Person alice;
  private static AccountId account;
  private static LoginResult.Success login;

  private String before;
  private Set<String> keysBefore;

  @BeforeAll
  static void start() {
    application = Application.shared(Sessions.IN_POSTGRES);
    node = application.node();
    alice = Person.random();
    account = node.signedUp(alice);
    login = node.loggedIn(alice);
  }

  @AfterAll
  static void end() {
    application.close();
  }

  @BeforeEach
  void remember() {
    before = rows();
    keysBefore = application.redis().keysOfNamespace();
  }

  @AfterEach
  void nothingWasWritten() {
    assertThat(rows()).isEqualTo(before);
    // Keys that were there may end meanwhile.
    assertThat(application.redis().keysOfNamespace()).isSubsetOf(keysBefore);
  }

  private static String rows() {
    StringBuilder counts = new StringBuilder();
    for (String table :
        new String[] {"accounts", "credentials", "user_profiles", "outbox", "sessions"}) {
      counts.append(table).append(application.count("SELECT count(*) FROM {" + table + "}"));
    }
    return counts.toString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "alice",
        "@example.org",
        "alice@",
        "alice@@example.org",
        "alice@example.org\0",
        "al\0ice@example.org",
        "alice\n@example.org",
        "alice\u202e@example.org",
        "alice @example.org",
        "alice@exa mple.org",
        "alice@example.org' OR '1'='1",
        "alice\uff20example.org@example.org",
        "alice\ud800@example.org",
      })
  void whatIsNoAddressIsNoLoginId(String address) {
    assertThat(LoginId.parseEmail(address)).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> LoginId.email(address));
  }

  @Test
  void anOverlongAddressIsNoLoginId() {
    assertThat(LoginId.parseEmail("a".repeat(64) + "@" + "b.".repeat(100) + "example")).isEmpty();
    assertThat(LoginId.parseEmail("a".repeat(1_000_000) + "@example.org")).isEmpty();
  }

  @Test
  void whatCannotBeAPasswordIsNone() {
    assertThat(Password.parse("")).isEmpty();
    assertThat(Password.parse("long enough but\0not clean")).isEmpty();
    assertThat(Password.parse("long enough, unpaired \ud800")).isEmpty();
    assertThat(Password.parse("x".repeat(1_025))).isEmpty();
    assertThat(Password.parse("x".repeat(1_000_000))).isEmpty();
  }

  @Test
  void aPasswordOutsideThePolicyIsRefusedByName() {
    assertThat(signUp("short")).isEqualTo(new SignUpResult.PasswordRefused(Refusal.TOO_SHORT));
    assertThat(signUp("x".repeat(257)))
        .isEqualTo(new SignUpResult.PasswordRefused(Refusal.TOO_LONG));
    assertThat(signUp("fifteen or more\u0007"))
        .isEqualTo(new SignUpResult.PasswordRefused(Refusal.CONTROL_CHARACTER));
  }

  private static SignUpResult signUp(String password) {
    return node.signUp(Person.random().with(Password.of(password)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "two words", "drop\0", "a;DELETE", "r\u00f4le", "new\nline"})
  void aRoleOfAnotherFormIsMisuse(String role) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> node.changeRoles(account, Set.of(role), Set.of()));
  }

  @Test
  void anOverlongRoleIsMisuse() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> node.changeRoles(account, Set.of("r".repeat(65)), Set.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nobody",
        "00000000-0000-0000-0000-000000000000",
        "0-0-0-0-0",
        "_______________________________________",
      })
  void anAccountThatIsNoneIsUnknown(String text) {
    AccountId nobody = new AccountId(text);

    assertThat(node.changeRoles(nobody, Set.of("admin"), Set.of()))
        .isEqualTo(new RoleChangeResult.Unknown());
    assertThat(node.service().admin().changeStatus(nobody, AccountStatus.DISABLED, node.deadline()))
        .isEqualTo(new AccountChangeResult.Unknown());
    assertThat(node.logoutAll(nobody)).isEqualTo(new LogoutResult.Done(0, false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "a.b.c",
        "null",
        "Bearer x",
        "\0",
        "%00",
        "eyJhbGciOiJub25lIn0.e30."
      })
  void whatIsNoTokenIsRejectedAndNamesNoSession(String text) {
    AccessToken token = AccessToken.of(text);

    assertThat(node.check(token)).isEqualTo(new CheckResult.Rejected());
    assertThat(node.logout(token)).isEqualTo(new LogoutResult.Done(0, false));
  }

  @Test
  void aTokenWithOneCharacterChangedIsRejected() {
    String good = login.token().reveal();
    for (int i : new int[] {0, good.indexOf('.') + 5, good.length() - 3}) {
      char other = good.charAt(i) == 'A' ? 'B' : 'A';
      String bad = good.substring(0, i) + other + good.substring(i + 1);

      assertThat(node.check(AccessToken.of(bad))).isEqualTo(new CheckResult.Rejected());
    }
    node.checked(login.token());
  }

  @Test
  void attributesBeyondTheirBoundsAreMisuse() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new SessionOptions(
                    SessionKind.COOKIE, false, Optional.empty(), Map.of("k", "v".repeat(257))));
  }

  @Test
  void aDeadlineThatHasPassedIsUnavailable() {
    Deadline passed = Deadline.after(java.time.Duration.ofNanos(1));

    assertThat(
            node.service()
                .login(
                    new LoginAttempt(alice.loginId(), alice.password(), ClientContext.unknown()),
                    passed))
        .isInstanceOf(LoginResult.Unavailable.class);
    assertThat(node.service().check(login.token(), passed))
        .isInstanceOf(CheckResult.Unavailable.class);
  }
}
