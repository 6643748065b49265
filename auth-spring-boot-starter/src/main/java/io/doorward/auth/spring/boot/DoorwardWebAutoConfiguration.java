package io.doorward.auth.spring.boot;

import io.doorward.auth.AuthService;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.servlet.AccessRules;
import io.doorward.auth.servlet.AuthEndpoints;
import io.doorward.auth.servlet.AuthFilter;
import io.doorward.auth.servlet.SitePages;
import io.doorward.auth.servlet.WebOptions;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import java.util.EnumSet;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;

/**
 * Puts filter and endpoints into a servlet application. A bean of the application replaces the one
 * of the same type here, or, for {@code doorwardFilterRegistration} and {@code
 * doorwardEndpointsRegistration}, of the same name; every {@link WebOptionsCustomizer} is called.
 */
@AutoConfiguration(after = DoorwardAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass({Filter.class, FilterRegistrationBean.class})
@ConditionalOnBean(AuthService.class)
@EnableConfigurationProperties(DoorwardProperties.class)
public final class DoorwardWebAutoConfiguration {
  /**
   * The place of the filter among the application's: in front of Spring's {@code
   * RequestContextFilter} (-105), so that what it hands out has the principal, and of Spring
   * Security's (-100).
   */
  public static final int FILTER_ORDER = -110;

  /** Called by Spring. */
  public DoorwardWebAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  WebOptions doorwardWebOptions(
      DoorwardProperties properties,
      ObjectProvider<AuthListener> listeners,
      ObjectProvider<SitePages> pages,
      ObjectProvider<WebOptionsCustomizer> customizers) {
    return Settings.checked(
        "doorward.web cannot be used",
        () -> {
          WebOptions.Builder options = new WebSettings(properties.web()).options();
          options.listener(Settings.listener(listeners));
          pages.ifAvailable(options::pages);
          customizers.orderedStream().forEach(each -> each.customize(options));
          return options.build();
        });
  }

  @Bean
  @ConditionalOnMissingBean
  AccessRules doorwardAccessRules(
      DoorwardProperties properties,
      @Value("${spring.web.error.path:${error.path:/error}}") String errorPage) {
    return Settings.checked(
        "The rules of doorward.web cannot be used",
        () -> new WebSettings(properties.web()).rules(errorPage));
  }

  @Bean
  @ConditionalOnMissingBean
  AuthFilter doorwardFilter(AuthService service, AccessRules rules, WebOptions options) {
    return Settings.checked("The filter is not made", () -> AuthFilter.of(service, rules, options));
  }

  @Bean
  @ConditionalOnMissingBean(name = "doorwardFilterRegistration")
  FilterRegistrationBean<AuthFilter> doorwardFilterRegistration(AuthFilter filter) {
    FilterRegistrationBean<AuthFilter> registration = new FilterRegistrationBean<>(filter);
    registration.setDispatcherTypes(EnumSet.allOf(DispatcherType.class));
    registration.addUrlPatterns("/*");
    registration.setOrder(FILTER_ORDER);
    return registration;
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnBooleanProperty(name = "doorward.web.endpoints.enabled", matchIfMissing = true)
  AuthEndpoints doorwardEndpoints(AuthService service, WebOptions options) {
    return AuthEndpoints.of(service, options);
  }

  @Bean
  @ConditionalOnBean(AuthEndpoints.class)
  @ConditionalOnMissingBean(name = "doorwardEndpointsRegistration")
  ServletRegistrationBean<AuthEndpoints> doorwardEndpointsRegistration(
      AuthEndpoints endpoints, DoorwardProperties properties) {
    ServletRegistrationBean<AuthEndpoints> registration =
        new ServletRegistrationBean<>(endpoints, properties.web().endpoints().path() + "/*");
    registration.setLoadOnStartup(1);
    return registration;
  }
}
