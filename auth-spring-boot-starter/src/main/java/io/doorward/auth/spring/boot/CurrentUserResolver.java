package io.doorward.auth.spring.boot;

import io.doorward.auth.servlet.AuthFilter;
import io.doorward.auth.session.AuthenticatedPrincipal;
import jakarta.servlet.ServletRequest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;

/** Resolves {@link CurrentUser}. */
final class CurrentUserResolver implements HandlerMethodArgumentResolver {
  @Override
  public boolean supportsParameter(MethodParameter parameter) {
    // Of any type: what no resolver takes, Spring would fill from the request's parameters.
    return parameter.hasParameterAnnotation(CurrentUser.class);
  }

  @Override
  public Object resolveArgument(
      MethodParameter parameter,
      @Nullable ModelAndViewContainer model,
      NativeWebRequest request,
      @Nullable WebDataBinderFactory binders) {
    Class<?> type = parameter.nestedIfOptional().getNestedParameterType();
    if (type != AuthenticatedPrincipal.class) {
      throw new IllegalStateException(
          "@CurrentUser must be at an AuthenticatedPrincipal or an Optional of one: "
              + type.getName());
    }
    Optional<AuthenticatedPrincipal> user =
        Optional.ofNullable(request.getNativeRequest(ServletRequest.class))
            .flatMap(AuthFilter::principal);
    if (parameter.getParameterType() == Optional.class) {
      return user;
    }
    return user.orElseThrow(
        () ->
            new IllegalStateException(
                "@CurrentUser AuthenticatedPrincipal has no user, because the rule for this path"
                    + " requires none: take an Optional<AuthenticatedPrincipal>, or require a login"
                    + " there"));
  }
}
