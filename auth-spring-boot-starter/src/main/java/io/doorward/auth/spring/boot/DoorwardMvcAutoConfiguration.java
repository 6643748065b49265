package io.doorward.auth.spring.boot;

import io.doorward.auth.servlet.AuthFilter;
import java.util.List;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Gives controllers of Spring MVC their {@link CurrentUser}. */
@AutoConfiguration(after = DoorwardWebAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass(WebMvcConfigurer.class)
@ConditionalOnBean(AuthFilter.class)
public final class DoorwardMvcAutoConfiguration {
  /** Called by Spring. */
  public DoorwardMvcAutoConfiguration() {}

  @Bean
  WebMvcConfigurer doorwardCurrentUser() {
    return new WebMvcConfigurer() {
      @Override
      public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
        resolvers.add(new CurrentUserResolver());
      }
    };
  }
}
