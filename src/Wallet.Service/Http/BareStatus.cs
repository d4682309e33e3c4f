namespace Wallet.Service.Http;

/// <summary>Gives an answer that is a status and nothing else, such as that of a path which does not exist, the body of a problem.</summary>
internal sealed class BareStatus(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var task = next(context);
        return task.IsCompletedSuccessfully && !IsBare(context.Response) ? Task.CompletedTask : WriteAsync(context, task);
    }

    private static async Task WriteAsync(HttpContext context, Task task)
    {
        await task;
        if (IsBare(context.Response))
            await new ProblemResult(ProblemCatalog.ForStatus(context.Response.StatusCode)).ExecuteAsync(context);
    }

    private static bool IsBare(HttpResponse response) =>
        response is { StatusCode: >= 400, HasStarted: false, ContentLength: null, ContentType: null };
}
