namespace Aspire.Hosting.Orchestration;

/// <summary>Aspire's own dashboard, as its command line carries it, when ASPIRE_DASHBOARD_PATH names that (`run.sh --dashboard`).</summary>
internal sealed class Dashboard : ExecutableResource
{
    private Dashboard(string path, Uri frontend, Uri otlpGrpc, Uri otlpHttp)
        : base("aspire-dashboard", path, Path.GetTempPath())
    {
        FrontendUrl = frontend.GetLeftPart(UriPartial.Authority);
        OtlpEndpoint = otlpGrpc.GetLeftPart(UriPartial.Authority);
        Annotations.Add(new ArgumentsAnnotation(
        [
            "dashboard", "run", "--nologo", "--non-interactive", "--allow-anonymous", "--frontend-url", FrontendUrl,
            "--otlp-grpc-url", OtlpEndpoint, "--otlp-http-url", otlpHttp.GetLeftPart(UriPartial.Authority),
        ]));
        // It is for the official AppHost's resource list, which nobody serves here.
        Annotations.Add(new EnvironmentAnnotation("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", null));
        Annotations.Add(new EnvironmentAnnotation("NO_COLOR", "1"));
        foreach (var (name, url) in new[] { ("http", frontend), ("otlp-grpc", otlpGrpc), ("otlp-http", otlpHttp) })
            Annotations.Add(new EndpointAnnotation(name, "http", url.Port, targetPort: null, isProxied: false));
    }

    public string FrontendUrl { get; }
    public string OtlpEndpoint { get; }

    public static Dashboard? From(IConfiguration configuration)
    {
        if (configuration["ASPIRE_DASHBOARD_PATH"] is not { Length: > 0 } path) return null;
        if (!File.Exists(path)) throw new DistributedApplicationException($"ASPIRE_DASHBOARD_PATH names no file ({path}): correct it, or unset it.");
        return new Dashboard(
            path,
            Url(configuration["ASPNETCORE_URLS"]?.Split(';')[0] ?? "http://localhost:18888"),
            Url(configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] ?? "http://localhost:18889"),
            Url(configuration["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] ?? "http://localhost:18890"));
    }

    private static Uri Url(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url)
        ? url
        : throw new DistributedApplicationException($"'{text}' is no URL for the dashboard: write it as http://localhost:18888.");
}
