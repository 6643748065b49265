package io.doorward.auth.account;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.CredentialCache.Lookup;
import org.junit.jupiter.api.Test;

class NoCredentialCacheTest {
  private final CredentialCache cache = NoCredentialCache.INSTANCE;

  @Test
  void everyLookupGoesToTheDatabase() {
    assertThat(cache.lookup(ANNA, soon())).isEqualTo(new Lookup.Bypass());
    assertThat(cache.peek(ANNA, soon())).isEmpty();
  }

  @Test
  void aFenceIsConfirmedBecauseNothingCouldBeTooOld() {
    assertThat(cache.fence(ANNA, 7, soon())).isTrue();
  }
}
