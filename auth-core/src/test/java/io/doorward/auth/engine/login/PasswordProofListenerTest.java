package io.doorward.auth.engine.login;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AccessEvent.LoginRefusal;
import io.doorward.auth.event.AccessEvent.LoginRejected;
import io.doorward.auth.event.AccountEvent.PasswordChangeRefusal;
import io.doorward.auth.event.AccountEvent.PasswordChangeRefused;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.fixture.Events;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PasswordProofListenerTest {
  private final Events events = new Events();
  private final PasswordProofListener listener = new PasswordProofListener(events);

  @ParameterizedTest
  @CsvSource({
    "UNKNOWN_LOGIN, UNKNOWN_ACCOUNT",
    "WRONG_PASSWORD, WRONG_PASSWORD",
    "UNREADABLE_HASH, UNREADABLE_HASH",
    "NOT_ACTIVE, NOT_ACTIVE",
    "KNOWN_DEVICES_ONLY, KNOWN_DEVICES_ONLY",
    "CREDENTIAL_CHANGED, CONFLICT",
  })
  void aRejectedProofIsARefusedChangeAndNoRejectedLogin(
      LoginRefusal login, PasswordChangeRefusal change) {
    Optional<AccountId> account = Optional.of(AccountId.random());
    Optional<String> network = Optional.of("192.0.2.7");
    listener.on(new LoginRejected(account, login, network));

    assertThat(events.all()).containsExactly(new PasswordChangeRefused(account, change, network));
  }

  @Test
  void everythingElseIsPassedOn() {
    BackendFailed failed = new BackendFailed(Part.ACCOUNT_STORE, StoreException.Kind.TIMEOUT);
    listener.on(failed);

    assertThat(events.all()).containsExactly(failed);
  }
}
