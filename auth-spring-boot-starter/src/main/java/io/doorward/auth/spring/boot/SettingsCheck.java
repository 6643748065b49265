package io.doorward.auth.spring.boot;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Checks the properties before any bean is made, so that a wrong one opens no connection and no
 * port: names that are not known, values of another type, and contradictions.
 *
 * <p>The names of environment variables and of the JVM's own properties are not checked: other
 * programs may have names that begin like ours.
 */
final class SettingsCheck implements BeanFactoryPostProcessor {
  private static final ConfigurationPropertyName PREFIX =
      ConfigurationPropertyName.of(DoorwardProperties.PREFIX);

  /** How Spring Boot reads a variable that has an underline for the dash: as an unused name. */
  private static final ConfigurationPropertyName MISSPELT_SECRETS =
      ConfigurationPropertyName.of("doorward.other.secrets");

  private static final Set<String> UNCHECKED =
      Set.of(
          StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
          StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME);

  private static final KnownNames KNOWN =
      KnownNames.of(DoorwardProperties.PREFIX, DoorwardProperties.class);

  /** Names of properties whose value may be, or may hold, a secret begin like these. */
  private static final Set<String> SECRET =
      Set.of("doorward.secret", "doorward.other-secrets", "doorward.jdbc", "doorward.redis-uri");

  private final Environment environment;

  SettingsCheck(Environment environment) {
    this.environment = environment;
  }

  @Override
  public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
    requireKnownNames();
    requireReadSecrets();
    bind().requireConsistent();
  }

  private DoorwardProperties bind() {
    try {
      return Binder.get(environment)
          .bindOrCreate(DoorwardProperties.PREFIX, DoorwardProperties.class);
    } catch (BindException e) {
      String name = e.getName().toString();
      if (SECRET.stream().anyMatch(name::startsWith)) {
        // Not the cause: it shows the value.
        throw new DoorwardConfigurationException(
            name + " has a value of another type", "docs/spring-boot.md says what it takes.");
      }
      throw e;
    }
  }

  private void requireKnownNames() {
    Set<String> unknown = new TreeSet<>();
    for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
      if (isChecked(source) && source instanceof IterableConfigurationPropertySource iterable) {
        names(iterable)
            .filter(name -> !KNOWN.contains(name))
            .map(ConfigurationPropertyName::toString)
            .forEach(unknown::add);
      }
    }
    if (!unknown.isEmpty()) {
      throw new DoorwardConfigurationException(
          (unknown.size() == 1 ? "There is no property " : "There are no properties ")
              + String.join(", ", unknown),
          advice(List.copyOf(unknown)));
    }
  }

  /** A key that is missing on one node shows only when another node uses it. */
  private void requireReadSecrets() {
    for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
      if (source instanceof IterableConfigurationPropertySource iterable
          && iterable.stream().anyMatch(MISSPELT_SECRETS::isAncestorOf)) {
        throw new DoorwardConfigurationException(
            "DOORWARD_OTHER_SECRETS_<id> is in the environment, and Spring Boot does not read it",
            "Write DOORWARD_OTHERSECRETS_<id>, with an id of letters and digits: they are read as"
                + " lower-case ones.");
      }
    }
  }

  private static boolean isChecked(ConfigurationPropertySource source) {
    return !(source.getUnderlyingSource() instanceof PropertySource<?> underlying
        && UNCHECKED.contains(underlying.getName()));
  }

  private static Stream<ConfigurationPropertyName> names(
      IterableConfigurationPropertySource source) {
    return source.stream().filter(PREFIX::isAncestorOf);
  }

  private static String advice(List<String> unknown) {
    return unknown.stream()
        .map(
            name ->
                KNOWN
                    .nearest(name)
                    .map(known -> "Did you mean " + known + " in place of " + name + "?")
                    .orElse("Remove " + name + "."))
        .collect(Collectors.joining(" "));
  }
}
