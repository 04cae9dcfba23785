namespace P2PChat.AppHost;

public static class ComposeDeployment
{
    public static void AddComposeDeployment(this IDistributedApplicationBuilder builder) =>
        builder.AddDockerComposeEnvironment("compose")
            .WithDashboard(dashboard => dashboard.WithHostPort(18888));
}
