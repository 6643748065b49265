package io.doorward.auth.spring.boot;

import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.spring.boot.DoorwardProperties.Jdbc;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;

/**
 * Finds the one PostgreSQL of the service: the data source that is marked, the application's only
 * or primary one, or a pool of Doorward's own.
 */
final class Database {
  private final ObjectProvider<PostgresPool> own;
  private final ObjectProvider<DataSource> marked;
  private final ObjectProvider<DataSource> all;

  Database(
      ObjectProvider<PostgresPool> own,
      ObjectProvider<DataSource> marked,
      ObjectProvider<DataSource> all) {
    this.own = own;
    this.marked = marked;
    this.all = all;
  }

  /**
   * Returns the data source.
   *
   * @throws DoorwardConfigurationException if there is none, or it is not clear which
   */
  DataSource dataSource() {
    PostgresPool pool = own.getIfAvailable();
    if (pool != null) {
      return pool.dataSource();
    }
    DataSource found = marked.getIfAvailable();
    if (found == null) {
      found = all.getIfUnique();
    }
    if (found != null) {
      return found;
    }
    if (all.stream().findAny().isPresent()) {
      throw new DoorwardConfigurationException(
          "The application has several DataSource beans, and none is marked for Doorward",
          "Put @DoorwardDataSource on one of them, or make one @Primary.");
    }
    throw new DoorwardConfigurationException(
        "PostgreSQL is missing: there is no DataSource bean and no doorward.jdbc.url",
        "Set spring.datasource.url, with spring-boot-starter-jdbc among the dependencies, or"
            + " doorward.jdbc.url.");
  }

  /**
   * Opens a pool of Doorward's own, where the application has no data source. Does not connect.
   *
   * @throws DoorwardConfigurationException if the application has one, or the URL is refused
   */
  static PostgresPool pool(
      Jdbc jdbc, ObjectProvider<DataSource> marked, ObjectProvider<DataSource> all) {
    if (!List.of(marked.stream().toList(), all.stream().toList()).stream()
        .allMatch(List::isEmpty)) {
      throw new DoorwardConfigurationException(
          "doorward.jdbc.url is set, and the application has a DataSource",
          "Remove doorward.jdbc.url to use that one. For another database define a second"
              + " DataSource with @Bean(defaultCandidate = false) and @DoorwardDataSource.");
    }
    return Settings.checked(
        "doorward.jdbc.url cannot be used",
        () -> {
          PostgresPool.Builder pool = PostgresPool.builder(String.valueOf(jdbc.url()));
          if (jdbc.user() != null) {
            pool.user(jdbc.user());
          }
          if (jdbc.password() != null) {
            pool.password(jdbc.password());
          }
          return pool.open();
        });
  }
}
