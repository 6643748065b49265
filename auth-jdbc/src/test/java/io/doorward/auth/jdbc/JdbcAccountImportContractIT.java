package io.doorward.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.AccountImport.Row;
import io.doorward.auth.account.AccountImport.Written;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.testkit.AccountImportContract;
import io.doorward.auth.testkit.Concurrently;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestSecrets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class JdbcAccountImportContractIT extends AccountImportContract {
  private static Fixture db;

  private final AccountStore store = accounts(db);

  @BeforeAll
  static void open() {
    db = Fixture.fresh();
  }

  @AfterAll
  static void close() {
    db.close();
  }

  @Override
  protected AccountStore store() {
    return store;
  }

  @Test
  void whatCannotBeStoredLeavesTheOthersAlone() {
    Row nul = row(LoginId.ofStored(TenantId.DEFAULT, "a\u0000b"));
    Row half = row(LoginId.ofStored(TenantId.DEFAULT, "a\ud800b"));
    Row good = row(name());

    assertThat(store.write(List.of(nul, good, half), deadline()))
        .containsExactly(Written.UNSTORABLE, Written.CREATED, Written.UNSTORABLE);
  }

  @Test
  void anotherEncodingRefusesOnlyWhatItLacks() {
    try (Fixture latin = Fixture.on(TestPostgres.shared().newDatabaseIn("LATIN1"))) {
      List<Row> rows = new ArrayList<>();
      IntStream.range(0, 9).forEach(i -> rows.add(row(name())));
      rows.add(5, row(LoginId.name("\u4f60\u597d" + UUID.randomUUID())));

      List<Written> written = accounts(latin).write(rows, deadline());

      assertThat(written).hasSize(10).containsOnlyOnce(Written.UNSTORABLE);
      assertThat(written.get(5)).isEqualTo(Written.UNSTORABLE);
    }
  }

  @Test
  void twoImportsOfTheSameAccountsMakeEachOnce() throws Exception {
    List<LoginId> names = IntStream.range(0, 200).mapToObj(i -> name()).toList();
    List<Callable<List<Written>>> calls = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      List<LoginId> order = new ArrayList<>(names);
      Collections.rotate(order, i * 50);
      List<Row> rows = order.stream().map(JdbcAccountImportContractIT::passwordless).toList();
      calls.add(() -> store.write(rows, deadline()));
    }

    List<Written> all = Concurrently.call(calls).stream().flatMap(List::stream).toList();

    assertThat(all).hasSize(800).containsOnly(Written.CREATED, Written.PRESENT);
    assertThat(all.stream().filter(Written.CREATED::equals)).hasSize(200);
  }

  private static AccountStore accounts(Fixture fixture) {
    return JdbcStores.of(fixture.pool.dataSource(), JdbcSchema.defaults()).accounts();
  }

  private static Deadline deadline() {
    return Deadline.after(Duration.ofSeconds(30));
  }

  private static LoginId name() {
    return LoginId.name("n" + UUID.randomUUID());
  }

  private static Row row(LoginId loginId) {
    return new Row(
        AccountId.random(),
        List.of(loginId),
        AccountStatus.ACTIVE,
        Optional.of(TestSecrets.newHash()),
        Set.of(),
        Optional.empty(),
        Optional.empty());
  }

  private static Row passwordless(LoginId loginId) {
    return new Row(
        AccountId.random(),
        List.of(loginId),
        AccountStatus.ACTIVE,
        Optional.empty(),
        Set.of(),
        Optional.empty(),
        Optional.empty());
  }
}
