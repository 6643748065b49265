package io.doorward.auth.servlet;

import jakarta.servlet.http.HttpServletResponse;
import java.util.Optional;
import java.util.Set;

/**
 * Login and logout by the form of a page: the same work as over JSON, answered by a redirect.
 * Thread-safe.
 */
final class SiteForms {
  private static final Set<String> FORMS = Set.of("/login", "/logout");

  private final SitePages pages;
  private final int bodyLimit;
  private final RefusalReport report;

  SiteForms(SitePages pages, int bodyLimit, RefusalReport report) {
    this.pages = pages;
    this.bodyLimit = bodyLimit;
    this.report = report;
  }

  /** Tells whether a request is a form that is served: only if there is a page to lead back to. */
  boolean isForm(ReceivedRequest request) {
    try {
      return pages.loginPage().isPresent()
          && request.method().equals("POST")
          && FORMS.contains(request.pathInfo())
          && request.headers("Content-Type").stream()
              .anyMatch(it -> MediaType.parse(it).filter(MediaType::isForm).isPresent());
    } catch (RefusedRequest e) {
      return false;
    }
  }

  /**
   * Logs in.
   *
   * @param work does it, and answers as over JSON
   * @return a redirect: to where the visitor wanted to go, or to the login page with the code of
   *     the problem
   */
  Answer login(ReceivedRequest request, Work work) {
    Optional<String> back = Optional.empty();
    Answer answer;
    try {
      BodyFields body =
          new Body(request, bodyLimit)
              .form(Set.of("email", "password", ReturnPath.FIELD), Set.of("remember"));
      back = body.optionalText(ReturnPath.FIELD).flatMap(ReturnPath::parse);
      answer = work.answer(body);
    } catch (RefusedRequest e) {
      report.tell(e, request);
      answer = e.answer();
    }
    return isDone(answer)
        ? answer.seeOther(back.orElseGet(() -> pages.afterLogin(request)))
        : Answer.noContent().seeOther(failure(answer, request, back));
  }

  /**
   * Logs out.
   *
   * @param work does it, and answers as over JSON
   * @return a redirect, or the problem
   */
  Answer logout(ReceivedRequest request, Work work) throws RefusedRequest {
    BodyFields body = new Body(request, bodyLimit).form(Set.of(ReturnPath.FIELD), Set.of());
    Answer answer = work.answer(body);
    Optional<String> back = body.optionalText(ReturnPath.FIELD).flatMap(ReturnPath::parse);
    return isDone(answer)
        ? answer.seeOther(back.orElseGet(() -> pages.afterLogout(request)))
        : answer;
  }

  private static boolean isDone(Answer answer) {
    return answer.status() < HttpServletResponse.SC_MULTIPLE_CHOICES;
  }

  private String failure(Answer answer, ReceivedRequest request, Optional<String> back) {
    String wait =
        answer.headerValue("Retry-After").map(seconds -> "&retryAfter=" + seconds).orElse("");
    return pages.loginUrl(request, back, "&error=" + answer.code() + wait).orElseThrow();
  }

  /** The work behind a form. */
  interface Work {
    Answer answer(BodyFields body) throws RefusedRequest;
  }
}
