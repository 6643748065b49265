package io.doorward.auth.spring.boot;

import io.doorward.Doorward;
import io.doorward.auth.AuthService;
import io.doorward.auth.account.RoleModel;
import io.doorward.auth.backend.StartPolicy;
import io.doorward.auth.event.AuditLog;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.session.SessionPolicy;
import io.doorward.auth.spring.boot.DoorwardProperties.Role;
import io.doorward.auth.spring.boot.DoorwardProperties.Sessions;
import io.doorward.auth.spring.boot.DoorwardProperties.Start;
import java.util.Map;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * Makes the {@link AuthService} of the application's {@link DataSource} and Redis and of {@code
 * doorward.*}. A bean of the application replaces the one of the same type here; every {@link
 * AuthListener} is told the events, and every {@link DoorwardCustomizer} is called. The service is
 * closed with the context, after the web server and before the database and Redis.
 */
@AutoConfiguration(
    afterName = {
      "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration",
      "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration"
    })
@EnableConfigurationProperties(DoorwardProperties.class)
public final class DoorwardAutoConfiguration {
  /** Called by Spring. */
  public DoorwardAutoConfiguration() {}

  @Bean
  static SettingsCheck doorwardSettingsCheck(Environment environment) {
    return new SettingsCheck(environment);
  }

  @Bean
  @ConditionalOnMissingBean
  KeyRing doorwardKeys(DoorwardProperties properties) {
    return Keys.of(properties);
  }

  @Bean
  @ConditionalOnMissingBean
  RoleModel doorwardRoles(DoorwardProperties properties) {
    return Settings.checked("doorward.roles cannot be used", () -> roles(properties.roles()));
  }

  private static RoleModel roles(Map<String, Role> roles) {
    RoleModel.Builder model = RoleModel.builder();
    roles.forEach(
        (name, role) ->
            model
                .role(name)
                .includes(role.includes().toArray(String[]::new))
                .grants(role.permissions().toArray(String[]::new)));
    return model.build();
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnBooleanProperty(name = "doorward.audit-log", matchIfMissing = true)
  AuditLog doorwardAuditLog() {
    return AuditLog.create();
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnProperty("doorward.jdbc.url")
  PostgresPool doorwardPool(
      DoorwardProperties properties,
      @DoorwardDataSource ObjectProvider<DataSource> marked,
      ObjectProvider<DataSource> all) {
    return Database.pool(properties.jdbc(), marked, all);
  }

  @Bean
  @ConditionalOnMissingBean
  BoundedRedisClient doorwardRedis(
      DoorwardProperties properties,
      Environment environment,
      ObjectProvider<RedisSource> details,
      ObjectProvider<SslBundles> bundles) {
    return Settings.checked(
        "The client for Redis is not made",
        () ->
            RedisServers.client(
                    properties, environment, details.getIfAvailable(), bundles.getIfAvailable())
                .build());
  }

  /** Keys come first: they cost nothing, and a missing secret is the most frequent mistake. */
  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  @DependsOnDatabaseInitialization
  AuthService doorward(
      KeyRing keys,
      DoorwardProperties properties,
      RoleModel roles,
      Database database,
      BoundedRedisClient redis,
      ObjectProvider<AuthListener> listeners,
      ObjectProvider<DoorwardCustomizer> customizers) {
    Supplier<AuthService> service =
        () -> {
          SessionPolicy policy = SessionSettings.policy(properties.sessionPolicy());
          Doorward.Builder builder =
              Doorward.builder(database.dataSource(), redis)
                  .keys(keys)
                  .name(properties.name())
                  .roleModel(roles)
                  .startPolicy(startPolicy(properties.start()))
                  .customize(it -> it.sessionPolicy(policy))
                  .listener(Settings.listener(listeners));
          if (properties.migrate()) {
            builder.migrate();
          }
          if (properties.sessions() == Sessions.REDIS) {
            builder.redisSessions();
          }
          customizers.orderedStream().forEach(each -> each.customize(builder));
          return builder.build();
        };
    return Settings.checked("Doorward is not made", service);
  }

  @Bean
  Database doorwardDatabase(
      ObjectProvider<PostgresPool> own,
      @DoorwardDataSource ObjectProvider<DataSource> marked,
      ObjectProvider<DataSource> all) {
    return new Database(own, marked, all);
  }

  private static StartPolicy startPolicy(Start start) {
    StartPolicy policy = StartPolicy.defaults();
    if (start.patience() != null) {
      policy = policy.waiting(start.patience());
    }
    if (start.requireServers()) {
      policy = policy.requiringServers();
    }
    for (String code : start.tolerated()) {
      policy = policy.tolerating(code);
    }
    return policy;
  }

  /** Where Spring Data's module of Boot is there. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(DataRedisConnectionDetails.class)
  static class ConnectionDetails {
    @Bean
    @ConditionalOnBean(DataRedisConnectionDetails.class)
    RedisSource doorwardRedisSource(DataRedisConnectionDetails details) {
      return new ConnectionDetailsRedis(details);
    }
  }
}
