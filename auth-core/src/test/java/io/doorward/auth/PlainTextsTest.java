package io.doorward.auth;

import static io.doorward.auth.fixture.Fixtures.CLIENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.PasswordPolicy.Refusal;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.RefreshResult;
import io.doorward.auth.session.TokenStore;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

/** The operations on texts as a form or a request brought them. */
class PlainTextsTest {
  private static final String EMAIL = "ada@example.org";
  private static final String PASSWORD = "a first long pass phrase";
  private static final String NEXT = "a second long pass phrase";

  private final AccountStore accounts = AccountStore.inMemory();
  private final AuthService auth =
      AuthService.builder(accounts, TokenStore.inMemory(accounts), KeyRing.ephemeral()).build();

  @AfterEach
  void close() {
    auth.close();
  }

  private String loggedIn(String password) {
    return ((LoginResult.Success) auth.login(EMAIL, password, CLIENT)).token().reveal();
  }

  private AuthenticatedPrincipal principal(String token) {
    return ((CheckResult.Active) auth.check(token)).principal();
  }

  @Test
  void textsAreEnoughForAllOfADay() {
    assertThat(auth.signUp(EMAIL, PASSWORD, CLIENT)).isInstanceOf(SignUpResult.Created.class);
    assertThat(auth.signUp(" ADA@Example.org ", PASSWORD, CLIENT))
        .isEqualTo(new SignUpResult.Duplicate());
    String token = loggedIn(PASSWORD);
    assertThat(auth.changePassword(principal(token), PASSWORD, NEXT, CLIENT))
        .isInstanceOf(PasswordChangeResult.Changed.class);
    assertThat(auth.check(token)).isEqualTo(new CheckResult.Rejected());

    String renewed = loggedIn(NEXT);
    assertThat(auth.logout(renewed)).isEqualTo(new LogoutResult.Done(1, false));
    assertThat(auth.check(renewed)).isEqualTo(new CheckResult.Rejected());
  }

  @ParameterizedTest
  @NullAndEmptySource
  @ValueSource(strings = {" ", "ada", "ada@", "@example.org", "a@b@c", "a\0@b.org", "\uD800@b.org"})
  void whatIsNoAddressIsRefused(@Nullable String email) {
    assertThat(auth.signUp(email, PASSWORD, CLIENT)).isEqualTo(new SignUpResult.LoginIdRefused());
    assertThat(auth.login(email, PASSWORD, CLIENT)).isEqualTo(new LoginResult.Rejected());
  }

  static Stream<Arguments> noPasswords() {
    return Stream.of(
        Arguments.of(null, Refusal.TOO_SHORT),
        Arguments.of("", Refusal.TOO_SHORT),
        Arguments.of("x".repeat(1_025), Refusal.TOO_LONG),
        Arguments.of("a pass phrase with\0in it", Refusal.CONTROL_CHARACTER),
        Arguments.of("a pass phrase with half of a \uD83D", Refusal.CONTROL_CHARACTER));
  }

  @ParameterizedTest
  @MethodSource("noPasswords")
  void whatCannotBeAPasswordIsRefused(@Nullable String text, Refusal why) {
    assertThat(auth.signUp(EMAIL, text, CLIENT)).isEqualTo(new SignUpResult.PasswordRefused(why));
    auth.signUp(EMAIL, PASSWORD, CLIENT);
    assertThat(auth.login(EMAIL, text, CLIENT)).isEqualTo(new LoginResult.Rejected());

    AuthenticatedPrincipal ada = principal(loggedIn(PASSWORD));
    assertThat(auth.changePassword(ada, text, NEXT, CLIENT))
        .isEqualTo(new PasswordChangeResult.Rejected());
    assertThat(auth.changePassword(ada, PASSWORD, text, CLIENT))
        .isEqualTo(new PasswordChangeResult.PasswordRefused(why));
    loggedIn(PASSWORD);
  }

  @Test
  void textsThatNamePeopleNotAreNoAttempts() {
    auth.signUp(EMAIL, PASSWORD, CLIENT);
    for (int i = 0; i < 100; i++) {
      auth.login(EMAIL, "", CLIENT);
      auth.login("ada", PASSWORD, CLIENT);
    }
    loggedIn(PASSWORD);
  }

  @ParameterizedTest
  @NullAndEmptySource
  @ValueSource(strings = {" ", "x.y.z", "\0", "\uD800"})
  void whatIsNoTokenIsRefused(@Nullable String token) {
    assertThat(auth.check(token)).isEqualTo(new CheckResult.Rejected());
    assertThat(auth.logout(token)).isEqualTo(new LogoutResult.Done(0, false));
    assertThat(auth.refresh(token)).isEqualTo(new RefreshResult.Rejected());
  }

  @Test
  void aClosedServiceSaysSoWhateverTheTexts() {
    auth.close();
    assertThatThrownBy(() -> auth.login(null, null, CLIENT))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> auth.signUp(null, null, CLIENT))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> auth.check((String) null)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> auth.logout((String) null)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> auth.refresh((String) null)).isInstanceOf(IllegalStateException.class);
  }
}
