package io.doorward.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionOptions;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What becomes of a null: of a field of a form a refusal, of anything else a failure at once. */
class NullArgumentsTest {
  private static final LoginId ADA = LoginId.email("ada@example.org");
  private static final Password PASSWORD = Password.of("correct horse battery");
  private static final ClientContext CLIENT = ClientContext.unknown();

  @Test
  void aFieldOfAFormThatIsMissingIsRefusedLikeAMalformedOne() {
    assertThat(LoginId.parseEmail(null)).isEmpty();
    assertThat(Password.parse(null)).isEmpty();
    assertThat(AccountId.parse(null)).isEmpty();
    assertThat(SessionId.parse(null)).isEmpty();
    assertThat(OperationId.parse(null)).isEmpty();
    assertThatThrownBy(() -> LoginId.email(null)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Password.of(null)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anArgumentThatIsNullIsNamedWhereItIsGiven() {
    assertNamed("loginId", () -> new LoginAttempt(null, null, null));
    assertNamed("password", () -> new LoginAttempt(ADA, null, CLIENT));
    assertNamed("client", () -> new LoginAttempt(ADA, PASSWORD, null));
    assertNamed("session", () -> new LoginAttempt(ADA, PASSWORD, CLIENT, null));
    assertNamed("client", () -> new LoginAttempt(ADA, PASSWORD, CLIENT).withClient(null));
    assertNamed("loginId", () -> new SignUp(null, PASSWORD, CLIENT));
    assertNamed("password", () -> new SignUp(ADA, null, CLIENT));
    assertNamed("client", () -> new SignUp(ADA, PASSWORD, null));
    assertNamed("principal", () -> new PasswordChange(null, PASSWORD, PASSWORD, CLIENT));
    assertNamed("kind", () -> new SessionOptions(null, false, Optional.empty(), Map.of()));
    assertNamed("device", () -> new SessionOptions(SessionKind.COOKIE, false, null, Map.of()));
    assertNamed(
        "attributes", () -> new SessionOptions(SessionKind.COOKIE, false, Optional.empty(), null));
    assertNamed("accountId", () -> new AccountId(null));
    assertNamed("sessionId", () -> new SessionId(null));
    assertNamed("canonical", () -> LoginId.of(null));
    assertNamed("stored", () -> LoginId.ofStored(null));
    assertNamed("tenant", () -> ADA.inTenant(null));
    assertNamed("address", () -> ClientContext.of(null));
    assertNamed("encoded", () -> PasswordHash.of(null));
    assertNamed("text", () -> AccessToken.of(null));
  }

  private static void assertNamed(String name, ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOf(NullPointerException.class).hasMessage(name);
  }
}
