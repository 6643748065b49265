package io.doorward.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What a server that cannot be connected to means for the migrations. */
final class AutomaticMigrationTest {
  private static AutomaticMigration on(SQLException failure) {
    DataSource refusing =
        (DataSource)
            Proxy.newProxyInstance(
                DataSource.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("getConnection")) {
                    throw failure;
                  }
                  return false;
                });
    return new AutomaticMigration(SchemaMigrator.of(refusing, JdbcSchema.defaults()));
  }

  private static SQLException answer(String state) {
    return new PSQLException(new ServerErrorMessage("SFATAL\0VFATAL\0C" + state + "\0Mno\0"));
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofMinutes(1));
  }

  /** A start must not fail for it: it is over by itself. */
  @Test
  void aServerThatIsStartingPreventsNoMigration() {
    AutomaticMigration migration = on(answer("57P03"));

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> migration.await(soon(), true))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED))
          .hasMessageContaining("It is tried again until it is up");
    }
  }

  @Test
  void aServerThatLetsTheRoleNotInPreventsThem() {
    assertThat(on(answer("28P01")).await(soon(), true))
        .hasValueSatisfying(e -> assertThat(e.kind()).isEqualTo(Kind.MISCONFIGURED));
  }
}
