package io.doorward.auth.password;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemesInUseTest {
  private static final Password LONG = Password.of("x".repeat(100));
  private static final String BCRYPT =
      "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

  /** Which costs were paid, in the order in which they were. */
  private final List<String> work = new ArrayList<>();

  private final SchemesInUse inUse = new SchemesInUse(new Counted("new"));

  @Test
  void aRefusalCostsTheSameWhicheverSchemeItsAccountHas() {
    inUse.meet(new Counted("bcrypt 10"));
    inUse.meet(new Counted("bcrypt 12"));

    assertThat(refused("bcrypt 10")).containsExactly("bcrypt 10", "bcrypt 12", "new");
    assertThat(refused("bcrypt 12")).containsExactly("bcrypt 10", "bcrypt 12", "new");
    assertThat(refused("new")).containsExactly("bcrypt 10", "bcrypt 12", "new");
  }

  @Test
  void whatIsNotInUseCostsNothing() {
    assertThat(refused("new")).containsExactly("new");
  }

  @Test
  void theWorkIsBoundedHoweverManyCostsThereAre() {
    IntStream.range(0, 50).forEach(cost -> inUse.meet(new Counted("cost " + cost)));

    assertThat(refused("new")).hasSize(8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        BCRYPT,
        "$argon2id$v=19$m=1024,t=2,p=2$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$40801$c29tZXNhbHQ=$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc=",
        "{pbkdf2}00112233445566770011223344556677001122334455667700112233445566770011223344556677",
      })
  void aDecoyCostsWhatItsHashCostsAndIsAnother(String text) {
    StoredHash hash = StoredHash.read(text).hash().orElseThrow();

    assertThat(hash.decoy().cost()).isEqualTo(hash.cost());
    assertThat(hash.decoy().decoy().cost()).isEqualTo(hash.cost());
    assertThat(hash.decoy().matches("U*U")).isFalse();
  }

  @Test
  void onceAnOldHashWasMetAnUnknownAddressCostsItsWorkToo() {
    assertCostsTheOldWorkOnce((hasher, old) -> assertThat(hasher.matches(LONG, old)).isFalse());
  }

  /** Whatever counts hashes that cannot be read makes refusals cost the same on the way. */
  @Test
  void anOldHashThatIsOnlyReadIsMetToo() {
    assertCostsTheOldWorkOnce((hasher, old) -> assertThat(hasher.whyUnreadable(old)).isEmpty());
  }

  private static void assertCostsTheOldWorkOnce(BiConsumer<PasswordHasher, PasswordHash> met) {
    PasswordHasher hasher = PasswordHasher.argon2id(12_288, 3, 1);
    PasswordHash decoy = hasher.hash(Password.of("a pass phrase that nobody has"));
    String old = BCRYPT.replace("$05$", "$12$");
    StoredHash alone = StoredHash.read(old).hash().orElseThrow();
    met.accept(hasher, PasswordHash.of(old));

    // Processor time of this thread alone: a busy machine does not count. The old hash costs some
    // times as much as the other.
    long both = time(() -> hasher.matches(LONG, decoy));
    long one = time(() -> alone.matches(LONG.reveal()));

    assertThat((double) both / one).isGreaterThan(0.8);
  }

  private static long time(Runnable comparison) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    List<Long> times = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      long before = threads.getCurrentThreadCpuTime();
      comparison.run();
      times.add(threads.getCurrentThreadCpuTime() - before);
    }
    Collections.sort(times);
    return times.get(times.size() / 2);
  }

  private List<String> refused(String cost) {
    work.clear();
    StoredHash stored = new Counted(cost);
    assertThat(stored.matches("wrong")).isFalse();
    inUse.doTheOthers("wrong", stored);
    return work.stream().sorted().toList();
  }

  /** Matches nothing, and says that it was compared with. */
  private final class Counted implements StoredHash {
    private final String cost;

    Counted(String cost) {
      this.cost = cost;
    }

    @Override
    public boolean matches(String password) {
      return !work.add(cost);
    }

    @Override
    public String cost() {
      return cost;
    }

    @Override
    public StoredHash decoy() {
      return new Counted(cost);
    }
  }
}
