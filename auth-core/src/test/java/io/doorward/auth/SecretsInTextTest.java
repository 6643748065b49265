package io.doorward.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.AuthService.PasswordChange;
import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.login.LoginResult.DeviceCookie;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.RefreshResult;
import io.doorward.auth.session.RefreshToken;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A record prints what is in it: whatever holds a secret prints none of it. */
class SecretsInTextTest {
  private static final List<String> SECRETS =
      List.of(
          "hidden-password",
          "next-password",
          "$argon2id$",
          "ada@",
          "hidden-cookie",
          "ey.hidden",
          "key.hidden");

  private static final AccountId ADA = new AccountId("account-1");
  private static final LoginId LOGIN = LoginId.email("ada@example.org");
  private static final Password PASSWORD = Password.of("hidden-password");
  private static final ClientContext CLIENT =
      ClientContext.unknown().withDeviceCookie("hidden-cookie");
  private static final Credential CREDENTIAL =
      new Credential(
          ADA,
          LOGIN,
          AccountStatus.ACTIVE,
          PasswordHash.of("$argon2id$hidden"),
          new CredentialVersion(1, "tag"),
          new Epoch(1, "tag"));
  private static final AuthenticatedPrincipal PRINCIPAL =
      new AuthenticatedPrincipal(
          ADA,
          Set.of("reader"),
          Session.builder(
                  ADA,
                  SessionKind.COOKIE,
                  new Epoch(1, "tag"),
                  Instant.EPOCH,
                  Instant.EPOCH.plusSeconds(1),
                  Duration.ofSeconds(1))
              .id(new SessionId("session-1"))
              .amr(Set.of("pwd"))
              .build());

  static Stream<Record> recordsWithSecrets() {
    return Stream.of(
        new SignUp(LOGIN, PASSWORD, CLIENT),
        new LoginAttempt(LOGIN, PASSWORD, CLIENT),
        new PasswordChange(PRINCIPAL, PASSWORD, Password.of("next-password"), CLIENT),
        CREDENTIAL,
        new CredentialCache.Lookup.Hit(CREDENTIAL, Instant.EPOCH),
        new CredentialStore.Creation.Created(Optional.of(CREDENTIAL), List.of()),
        new LoginResult.Success(
            PRINCIPAL,
            AccessToken.of("ey.hidden"),
            Instant.EPOCH,
            Optional.of(RefreshToken.of("key.hidden")),
            Optional.of(DeviceCookie.of("hidden-cookie", Instant.EPOCH))),
        new RefreshResult.Refreshed(
            PRINCIPAL, AccessToken.of("ey.hidden"), Instant.EPOCH, RefreshToken.of("key.hidden")));
  }

  @ParameterizedTest
  @MethodSource("recordsWithSecrets")
  void printsNoSecret(Record record) {
    assertThat(record.toString())
        .contains(record.getClass().getSimpleName())
        .doesNotContain(SECRETS);
  }
}
