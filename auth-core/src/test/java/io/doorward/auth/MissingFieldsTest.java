package io.doorward.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.password.Password;
import org.junit.jupiter.api.Test;

/** Where null is what an application has of a form that lacks a field. */
class MissingFieldsTest {
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
}
