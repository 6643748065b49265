package io.doorward.auth.testkit;

import static io.doorward.auth.testkit.Given.SIXTEEN;
import static io.doorward.auth.testkit.Given.deadline;
import static io.doorward.auth.testkit.Given.expired;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.PrimaryRegistry;
import io.doorward.auth.account.PrimaryRegistry.Primary;
import io.doorward.auth.account.PrimaryRegistry.Registration;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What every {@link PrimaryRegistry} must do. Extend it, name the registry, and run it. */
@Tag("contract")
public abstract class PrimaryRegistryContract {
  private static final int KEPT = 64;
  private static final String NONE = "0".repeat(40);

  private final String cache = "cache-" + OperationId.random().value();

  /** For sub-classes. */
  protected PrimaryRegistryContract() {}

  /**
   * Returns the registry under test.
   *
   * @return a registry, which need not be empty
   */
  protected abstract PrimaryRegistry registry();

  private static String name() {
    byte[] bytes = new byte[20];
    ThreadLocalRandom.current().nextBytes(bytes);
    return String.format(Locale.ROOT, "%040x", new BigInteger(1, bytes));
  }

  private static Primary primary() {
    return new Primary(name(), name(), NONE, true);
  }

  private static List<Primary> primaries(List<Registration> registrations) {
    return registrations.stream().map(Registration::primary).toList();
  }

  @Test
  void nothingIsRegisteredAtFirst() {
    assertThat(registry().list(cache, deadline())).isEmpty();
  }

  @Test
  void whatIsRegisteredIsListedAsItDescribedItself() {
    Primary alone = primary();
    Primary oneOfMany = new Primary(name(), name(), name(), false);

    assertThat(primaries(registry().register(cache, alone, deadline()))).containsExactly(alone);
    assertThat(primaries(registry().register(cache, oneOfMany, deadline())))
        .containsExactly(oneOfMany, alone);
    assertThat(primaries(registry().list(cache, deadline()))).containsExactly(oneOfMany, alone);
  }

  @Test
  void anOldPrimaryThatIsMetAgainStaysOld() {
    Primary old = primary();
    Primary present = primary();
    registry().register(cache, old, deadline());
    registry().register(cache, present, deadline());

    List<Registration> again = registry().register(cache, old, deadline());

    assertThat(primaries(again)).containsExactly(present, old);
    assertThat(again.get(0).number()).isGreaterThan(again.get(1).number());
  }

  @Test
  void cachesAreKeptApart() {
    registry().register(cache, primary(), deadline());

    assertThat(registry().list(cache + "-other", deadline())).isEmpty();
  }

  @Test
  void ageIsTheTimeForWhichEveryNodeCouldSeeIt() {
    Primary primary = primary();
    Duration first = registry().register(cache, primary, deadline()).get(0).age();

    assertThat(first).isBetween(Duration.ZERO, Duration.ofSeconds(30));
    await()
        .untilAsserted(
            () ->
                assertThat(registry().register(cache, primary, deadline()).get(0).age())
                    .isGreaterThan(first.plusMillis(50)));
  }

  @Test
  void sixteenNodesThatMeetOnePrimaryMakeOneRegistration() {
    Primary primary = primary();

    List<List<Registration>> seen =
        Concurrently.call(SIXTEEN, () -> registry().register(cache, primary, deadline()));

    assertThat(seen).allSatisfy(all -> assertThat(primaries(all)).containsExactly(primary));
  }

  @Test
  void theOldestAreForgotten() {
    for (int i = 0; i < KEPT; i++) {
      registry().register(cache, primary(), deadline());
    }
    Primary newest = primary();

    List<Registration> kept = registry().register(cache, newest, deadline());

    assertThat(kept).hasSize(KEPT);
    assertThat(kept.get(0).primary()).isEqualTo(newest);
    assertThat(registry().list(cache, deadline())).hasSize(KEPT);
  }

  @Test
  void aPassedDeadlineIsAStoreException() {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> registry().list(cache, expired()));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> registry().register(cache, primary(), expired()));
    assertThat(registry().list(cache, deadline())).isEmpty();
  }
}
